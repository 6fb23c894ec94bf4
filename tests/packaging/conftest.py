"""The wheel, installed as a stranger would: alone, in an empty virtual environment."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

REPOSITORY = Path(__file__).parents[2]
NOBODY = 65534


def drop_rights() -> dict[str, Any]:
    """Return what makes `subprocess` run something without the rights of root."""
    if os.geteuid() != 0:
        return {}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def python_for_everybody() -> str:
    """Return a Python that an unprivileged user may run; root's own may lie in root's home."""
    for python in (sys.executable, "/usr/bin/python3"):
        real = str(Path(python).resolve())
        try:
            subprocess.run([real, "-c", "import tomllib"], check=True, cwd="/", **drop_rights())
        except (OSError, subprocess.CalledProcessError):
            continue
        return real
    pytest.fail("no Python 3.11 here that an unprivileged user may run")


@frozen
class Installed:
    """An installed trio-ingest, and how an unprivileged user without a home runs it."""

    venv: Path

    def python_files(self) -> Sequence[str]:
        """Return what else it needs that is not in the environment: a Python and its library."""
        script = (
            "import os, sys, sysconfig;"
            "get = sysconfig.get_config_var;"
            "print(os.path.realpath(sys.executable));"
            "print(sysconfig.get_path('stdlib'));"
            "print(os.path.join(get('LIBDIR') or '', get('INSTSONAME') or ''))"
        )
        done = subprocess.run(
            [self.venv / "bin" / "python", "-c", script],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return [each for each in done.stdout.splitlines() if Path(each).exists()]

    def popen_arguments(self, directory: Path, environment: Mapping[str, str]) -> dict[str, Any]:
        """Return the surroundings: an empty *directory* and hardly any environment."""
        return {
            "cwd": directory,
            "env": {"PATH": os.defpath, "PYTHONWARNINGS": "error", **environment},
            "text": True,
            **drop_rights(),
        }

    def run(
        self, program: str, *arguments: str, directory: Path, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment to its end; *environment* is all it inherits."""
        return subprocess.run(
            [self.venv / "bin" / program, *arguments],
            capture_output=True,
            timeout=60,
            check=False,
            **self.popen_arguments(directory, environment),
        )

    def start(
        self, program: str, *arguments: str, directory: Path, **environment: str
    ) -> subprocess.Popen[str]:
        """Start a program of the environment; its output can be read from `stdout`."""
        return subprocess.Popen(
            [self.venv / "bin" / program, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **self.popen_arguments(directory, environment),
        )


@pytest.fixture(scope="session")
def public_directory() -> Generator[Path]:
    """A directory that everybody may look into; pytest's own are closed to other users."""
    path = Path(tempfile.mkdtemp(prefix="trio-ingest-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def installed(public_directory: Path) -> Installed:
    """The built wheel and what it declares that it needs, and nothing else."""
    wheels, venv = public_directory / "wheels", public_directory / "venv"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", wheels, REPOSITORY], check=True)
    (wheel,) = wheels.iterdir()
    subprocess.run([python_for_everybody(), "-m", "venv", "--without-pip", venv], check=True)
    constraints = REPOSITORY / "constraints.txt"
    subprocess.run(
        [*pip, "--python", venv / "bin" / "python", "install", "-c", constraints, wheel],
        check=True,
    )
    return Installed(venv)


@pytest.fixture
def empty_directory(public_directory: Path) -> Generator[Path]:
    """An empty directory that belongs to the unprivileged user."""
    path = Path(tempfile.mkdtemp(dir=public_directory))
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)
    yield path
    shutil.rmtree(path)
