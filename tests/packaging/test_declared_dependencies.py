"""Whatever the daemon imports, it declares: an empty environment with the wheel alone has it all."""

from pathlib import Path

import pytest

from tests.packaging.conftest import REPOSITORY, Installed
from trio_ingest import __version__

pytestmark = pytest.mark.slow

COMMANDS = [
    "run",
    "check-config",
    "health",
    "status",
    "tail",
    "query",
    "export",
    "completion",
    "doctor",
    "explain",
    "import",
    "import-config",
    "install-unit",
    "demo",
    "simulate",
    "spool",
    "quarantine",
    "nats",
]

# Also what a function imports only when it is called.
IMPORT_EVERYTHING = """
import ast, importlib, pathlib, pkgutil, trio_ingest

names = {module.name for module in pkgutil.walk_packages(trio_ingest.__path__, "trio_ingest.")}
for file in pathlib.Path(trio_ingest.__path__[0]).rglob("*.py"):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
for name in names - {"trio_ingest.__main__"}:
    importlib.import_module(name)
    print(name)
"""

MINIMAL = """
[home_assistant.home]
url = "http://127.0.0.1:8123"
token = "not-a-real-token"

[sink.influx]
kind = "influxdb"
url = "http://127.0.0.1:8086"
api = "v1"
database = "home"
"""


def test_every_module_imports(installed: Installed, empty_directory: Path) -> None:
    """Every module of the package can be imported with the declared dependencies alone."""
    done = installed.run("python", "-c", IMPORT_EVERYTHING, directory=empty_directory)

    assert done.returncode == 0, done.stderr
    assert "trio_ingest.topology" in done.stdout.split()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, installed: Installed, empty_directory: Path) -> None:
    """Every command starts and says what it does."""
    done = installed.run("trio-ingest", command, "--help", directory=empty_directory)

    assert done.returncode == 0, done.stderr
    assert f"Usage: trio-ingest {command}" in done.stdout


def test_no_command_is_forgotten_here(installed: Installed, empty_directory: Path) -> None:
    """The commands tried above are those that there are."""
    done = installed.run("trio-ingest", "--help", directory=empty_directory)

    listed = done.stdout.partition("Commands:")[2].splitlines()
    assert sorted(COMMANDS) == sorted(line.split()[0] for line in listed if line.strip())


def test_module_is_the_command(installed: Installed, empty_directory: Path) -> None:
    """`python -m trio_ingest` is `trio-ingest`."""
    done = installed.run("python", "-m", "trio_ingest", "--version", directory=empty_directory)

    assert done.returncode == 0, done.stderr
    assert __version__ in done.stdout


def test_check_config(installed: Installed, empty_directory: Path) -> None:
    """A minimal file is found valid, and its promise is printed."""
    file = empty_directory / "config.toml"
    file.write_text(MINIMAL)
    state = str(empty_directory / "state")

    done = installed.run(
        "trio-ingest",
        "check-config",
        "--config",
        str(file),
        directory=empty_directory,
        STATE_DIRECTORY=state,
    )

    assert done.returncode == 0, done.stderr
    assert state in done.stdout
    assert "not-a-real-token" not in done.stdout + done.stderr


def test_install_unit(installed: Installed, empty_directory: Path) -> None:
    """The wheel brings the files for systemd along, and they are those of the repository."""
    done = installed.run("trio-ingest", "install-unit", "--print", directory=empty_directory)

    unit = (REPOSITORY / "systemd" / "trio-ingest.service").read_text()
    program = str(installed.venv / "bin" / "trio-ingest")
    assert done.returncode == 0, done.stderr
    assert unit.replace("/opt/trio-ingest/bin/trio-ingest", program) in done.stdout


def test_wrong_configuration(installed: Installed, empty_directory: Path) -> None:
    """A file that is wrong ends with 78, so that systemd does not try it again."""
    file = empty_directory / "config.toml"
    file.write_text(MINIMAL.replace("database", "databse"))

    done = installed.run("trio-ingest", "run", "--config", str(file), directory=empty_directory)

    assert done.returncode == 78
    assert "databse" in done.stderr
