"""The unit in a real systemd: the daemon's life as an administrator sees it."""

import json
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.packaging.conftest import Installed
from tests.support import stop_threads
from tests.support.systemd_box import SystemdBox, systemd_box, wait_until

pytestmark = [pytest.mark.servers, pytest.mark.slow]

UNITS = Path(__file__).parents[2] / "systemd"
UNIT = "trio-ingest.service"
CONFIG = "/etc/trio-ingest/trio-ingest.toml"
DATABASE = "/var/lib/private/trio-ingest/home.db"

CONFIGURATION = """
[home_assistant.home]
url = "http://127.0.0.1:8123"
"""
# What is shipped, but for how long one waits; and the credential that is a comment there.
FOR_TESTS = """
[Service]
RestartSec=200ms
WatchdogSec=3s
LoadCredential=home_assistant.home.token:/etc/trio-ingest/home-assistant.token
"""


@pytest.fixture(scope="module")
def box(installed: Installed) -> Generator[SystemdBox]:
    """A box with the program, the unit as it is shipped, and a simulated Home Assistant."""
    with systemd_box(f"--bind-ro={installed.venv}:/opt/installed") as box:
        box.run("cp", "-a", "/opt/installed", "/opt/trio-ingest")
        program = "/opt/trio-ingest/bin/trio-ingest"
        box.run("sed", "-i", "1s|^#!.*|#!/opt/trio-ingest/bin/python|", program)
        box.put(f"/etc/systemd/system/{UNIT}", (UNITS / UNIT).read_text())
        box.put(f"/etc/systemd/system/{UNIT}.d/test.conf", FOR_TESTS)
        box.run("systemd-run", "--unit=home", "--setenv=PYTHONUNBUFFERED=1", program, "simulate")
        wait_until(lambda: "its token is" in box.messages("home.service"))
        token = box.messages("home.service").partition("its token is ")[2].splitlines()[0]
        box.put("/etc/trio-ingest/home-assistant.token", token, mode="600")
        box.run("systemctl", "daemon-reload")
        yield box


@pytest.fixture
def service(box: SystemdBox) -> Generator[SystemdBox]:
    """The box with the service running and connected."""
    box.put(CONFIG, CONFIGURATION)
    box.run("systemctl", "start", UNIT)
    wait_until(lambda: "home: connected" in status(box), lambda: status(box))
    yield box
    box.run("systemctl", "stop", UNIT)


def status(box: SystemdBox) -> str:
    return box.show(UNIT)["StatusText"]


def main_process(box: SystemdBox) -> int:
    return int(box.show(UNIT)["MainPID"])


def wait_restarted(box: SystemdBox, before: int) -> None:
    """Wait until another process than *before* is ready."""

    def is_another() -> bool:
        shown = box.show(UNIT)
        return shown["ActiveState"] == "active" and shown["MainPID"] not in ("0", str(before))

    wait_until(is_another, lambda: box.messages(UNIT))


def rows(box: SystemdBox) -> int:
    count = (
        "import sqlite3,sys;print(*sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone())"
    )
    query = "SELECT count(*) FROM state_changes"
    return int(box.run("/usr/bin/python3", "-c", count, DATABASE, query).stdout)


def test_a_start(service: SystemdBox) -> None:
    """It is ready, says how it is, and records, with its secret as a credential and no rights."""
    shown = service.show(UNIT)

    assert shown["Type"] == "notify"
    assert shown["DynamicUser"] == "yes"
    wait_until(lambda: "ev/s · embedded: " in status(service), lambda: status(service))
    wait_until(lambda: rows(service) > 60)
    user = service.run("stat", "-c", "%u", DATABASE).stdout.strip()
    assert 61184 <= int(user) <= 65519  # systemd's range for dynamic users


def test_a_start_does_not_wait_for_home_assistant(box: SystemdBox) -> None:
    """With nobody at the other end the service starts, and its status says what is missing."""
    box.put(CONFIG, CONFIGURATION.replace("8123", "8124"))
    box.run("systemctl", "start", UNIT)

    wait_until(lambda: "home: not connected: " in status(box), lambda: status(box))
    assert box.show(UNIT)["ActiveState"] == "active"
    box.run("systemctl", "stop", UNIT)


def test_the_journal_has_fields(service: SystemdBox) -> None:
    """Records come with what they are about, and a calm start has no warnings."""
    invocation = service.show(UNIT)["InvocationID"]
    records = [
        each for each in service.journal(UNIT) if each.get("_SYSTEMD_INVOCATION_ID") == invocation
    ]

    (connected,) = [each for each in records if "connected to" in each["MESSAGE"]]
    assert connected["_TRANSPORT"] == "journal"
    assert (connected["HOME"], connected["GENERATION"]) == ("home", "1")
    assert connected["LOGGER"] == "trio_ingest.home_assistant.connector"
    assert connected["CODE_FILE"].endswith("connector.py")
    assert {each["PRIORITY"] for each in records} == {"6"}


def test_a_good_reload(service: SystemdBox) -> None:
    """A reload changes the configuration and not the process."""
    before = main_process(service)
    service.put(CONFIG, CONFIGURATION + "[sink.second]\nkind = 'sqlite'\n")
    service.run("systemctl", "reload", UNIT)

    wait_until(lambda: "second: up to date" in status(service), lambda: status(service))
    wait_until(lambda: service.show(UNIT)["ActiveState"] == "active")
    assert main_process(service) == before


def test_a_bad_reload_fails_visibly(service: SystemdBox) -> None:
    """`systemctl reload` fails on a file that is not valid, and the journal says what is wrong."""
    before = main_process(service)
    service.put(CONFIG, CONFIGURATION.replace("url", "urll"))
    done = service.run("systemctl", "reload", UNIT, check=False)

    assert done.returncode != 0
    assert 'Did you mean "url"?' in service.messages(UNIT)
    assert "not reloaded" not in service.messages(UNIT)  # the daemon was not even asked
    assert (main_process(service), service.show(UNIT)["ActiveState"]) == (before, "active")


def test_a_bad_reload_by_signal(service: SystemdBox) -> None:
    """Who sends the signal past systemd finds the refusal in the status, and a service that runs."""
    before = main_process(service)
    service.put(CONFIG, CONFIGURATION.replace("url", "urll"))
    service.run("systemctl", "kill", "--signal=HUP", "--kill-who=main", UNIT)

    wait_until(lambda: "the new configuration is not valid" in status(service))
    wait_until(lambda: service.show(UNIT)["ActiveState"] == "active")
    assert main_process(service) == before


def test_an_import(service: SystemdBox) -> None:
    """Root imports with the secrets of the service, which goes on recording and keeps its files."""
    done = service.run(
        "env",
        f"CREDENTIALS_DIRECTORY=/run/credentials/{UNIT}",
        "STATE_DIRECTORY=/var/lib/trio-ingest",
        *("/opt/trio-ingest/bin/trio-ingest", "import", "--config", CONFIG, "--json"),
        *("--from", f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%d}"),
    )

    assert json.loads(done.stdout)["sinks"]["embedded"]["delivered_by"] == "daemon"
    owners = service.run("find", "/var/lib/private/trio-ingest", "-printf", "%u\\n").stdout
    assert {"trio-ingest"} == set(owners.split())
    assert service.show(UNIT)["ActiveState"] == "active"


def test_kill_9(service: SystemdBox) -> None:
    """A daemon that was killed is started again, and records on."""
    before, recorded = main_process(service), rows(service)
    service.run("systemctl", "kill", "--signal=KILL", "--kill-who=main", UNIT)

    wait_restarted(service, before)
    wait_until(lambda: rows(service) > recorded)


def test_a_wedged_stage_leads_to_a_restart(service: SystemdBox) -> None:
    """When the threads that write to the disk stand still, the watchdog ends it; a new one runs."""
    before, recorded = main_process(service), rows(service)
    wait_until(lambda: rows(service) > recorded)  # the threads are there, and at work
    script = Path(stop_threads.__file__).read_text()
    with service.start("/usr/bin/python3", "-c", script, str(before)) as stopper:
        try:
            assert stopper.stdout is not None
            assert stopper.stdout.readline() == "stopped\n"

            wait_restarted(service, before)
        finally:
            stopper.kill()
    said = service.messages(UNIT)
    assert "wedged for 3 s: embedded" in said
    assert "Watchdog timeout" in said
    wait_until(lambda: rows(service) > recorded)


def test_wrong_from_the_start(box: SystemdBox) -> None:
    """A service whose configuration is wrong fails with 78 and is not tried again."""
    box.put(CONFIG, CONFIGURATION.replace("url", "urll"))

    assert box.run("systemctl", "start", UNIT, check=False).returncode != 0
    shown = box.show(UNIT)
    assert (shown["ActiveState"], shown["ExecMainStatus"]) == ("failed", "78")
    assert shown["NRestarts"] == "0"
    box.run("systemctl", "reset-failed", UNIT)


def test_a_stop(service: SystemdBox) -> None:
    """A stop is clean, and all that was heard is in the database."""
    service.run("systemctl", "stop", UNIT)

    shown = service.show(UNIT)
    assert (shown["ActiveState"], shown["Result"]) == ("inactive", "success")
    assert "account of embedded" in service.messages(UNIT)
    assert "unaccounted" not in service.messages(UNIT)
