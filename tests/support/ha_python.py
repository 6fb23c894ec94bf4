"""Home Assistant's own code as an oracle: runs a program in the Python that it is installed in."""

import json
import os
import subprocess
import sys
from runpy import run_path
from typing import Any

from tests.support.home_assistant import SCRIPT


def ask_home_assistant(program: str, question: Any) -> Any:
    """Run *program*, which reads the question as JSON and prints its answer as JSON. Needs root."""
    script = run_path(str(SCRIPT))
    python = script["VENV"] / "bin/python"
    if not os.path.lexists(script["outside"](python)):  # a link into that system, dangling in ours
        subprocess.run([sys.executable, SCRIPT, "install"], check=True, stdout=sys.stderr)
    done = subprocess.run(
        script["inside"](python, "-c", program),
        check=True,
        input=json.dumps(question),
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout)
