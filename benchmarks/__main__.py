"""Runs benchmarks, prints their figures, and says when a ratio is half of what it was."""

import argparse
import json
import platform
import sys
from importlib import import_module
from pathlib import Path

from attrs import asdict

from benchmarks.figures import halved, show

QUICK = ("encode", "start", "end_to_end")
ALL = (*QUICK, "drain", "idle", "latency", "scale", "repair", "relay", "stream", "databases")
# By name only: it takes a real Home Assistant, and the rights that the tests against one take.
BY_NAME = ("home_assistant_cost",)
EXPECTED = Path(__file__).parent / "expected.json"


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which: {', '.join((*ALL, *BY_NAME))}")
    parser.add_argument("--quick", action="store_true", help="less of it, in under a minute")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    names = arguments.names or (QUICK if arguments.quick else ALL)
    found = []
    for name in names:
        figures = import_module(f"benchmarks.{name}").measure(quick=arguments.quick)
        show(name.replace("_", " "), figures)
        found += figures
    if arguments.json:
        machine = {"machine": platform.platform(), "python": platform.python_version()}
        figures = [{**asdict(figure), "verdict": figure.verdict} for figure in found]
        arguments.json.write_text(json.dumps({**machine, "figures": figures}, indent=2) + "\n")
    complaints = halved(found, json.loads(EXPECTED.read_text()))
    for complaint in complaints:
        print(f"half as good as it was: {complaint}")
    sys.exit(bool(complaints))


if __name__ == "__main__":
    main()
