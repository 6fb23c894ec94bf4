"""The unit in a real systemd: the daemon's life as an administrator sees it."""

import json
import re
import subprocess
from collections.abc import Generator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.conftest import Installed
from tests.support import stop_threads
from tests.support.systemd_box import SystemdBox, systemd_box, wait_until
from trio_ingest.telemetry import message_ids
from trio_ingest.telemetry.message_ids import CONNECTED

pytestmark = [pytest.mark.servers, pytest.mark.slow]

UNIT = "trio-ingest.service"
RELAY = "trio-ingest-relay@.service"
CONFIG = "/etc/trio-ingest/trio-ingest.toml"
DATABASE = "/var/lib/private/trio-ingest/home.db"
# Not where the shipped unit has it.
VENV = "/srv/recorder"
PROGRAM = f"{VENV}/bin/trio-ingest"
PYTHON = f"{VENV}/bin/python"
CAN_WAIT_FOR_RELOADS = 253
DOCS = (Path(__file__).parents[2] / "docs" / "systemd.md").read_text()
EXPOSURE = "1.0"  # of 10; most daemons of a distribution are above 9

CONFIGURATION = """
[home_assistant.home]
url = "http://127.0.0.1:8123"
"""
# What is installed, but for how long one waits.
FOR_TESTS = """
[Service]
RestartSec=200ms
WatchdogSec=3s
"""


@pytest.fixture(scope="module", params=["this_machine", "trixie"])
def box(request: pytest.FixtureRequest, installed: Installed) -> Generator[SystemdBox]:
    """A box with a simulated Home Assistant, in which the wheel has made its own service."""
    options, root = [f"--bind-ro={installed.venv}:/opt/installed"], Path("/")
    if request.param == "trixie":
        root = trixie()
        options += [f"--bind-ro={each}" for each in installed.python_files()]
    with systemd_box(*options, root=root) as box:
        box.run("cp", "-a", "/opt/installed", VENV)
        box.run("sed", "-i", f"1s|^#!.*|#!{PYTHON}|", PROGRAM)
        box.run(PROGRAM, "install-unit")
        box.run("journalctl", "--update-catalog")
        box.put(f"/etc/systemd/system/{UNIT}.d/test.conf", FOR_TESTS)
        box.run("systemd-run", "--unit=home", "--setenv=PYTHONUNBUFFERED=1", PROGRAM, "simulate")
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
    wait_until(lambda: "connected to" in said(box), lambda: box.messages(UNIT))
    yield box
    box.run("systemctl", "stop", UNIT)


def trixie() -> Path:
    """Return a Debian 13, with systemd 257; it is made the first time."""
    script = Path(__file__).parents[2] / "scripts" / "trixie"
    done = subprocess.run([script], check=True, stdout=subprocess.PIPE, text=True)
    return Path(done.stdout.strip())


def waits_for_reloads(box: SystemdBox) -> bool:
    """Say whether its systemd has Type=notify-reload."""
    version = int(box.run("systemctl", "--version").stdout.split()[1])
    return version >= CAN_WAIT_FOR_RELOADS


def status(box: SystemdBox) -> str:
    return box.show(UNIT)["StatusText"]


def of_this_run(box: SystemdBox) -> Sequence[Mapping[str, Any]]:
    """Return what the journal has of the service since it was last started."""
    invocation = box.show(UNIT)["InvocationID"]
    records = box.journal(UNIT)
    return [each for each in records if each.get("_SYSTEMD_INVOCATION_ID") == invocation]


def said(box: SystemdBox) -> str:
    """Return the messages of this run, one a line."""
    return "\n".join(str(each["MESSAGE"]) for each in of_this_run(box))


def main_process(box: SystemdBox) -> int:
    return int(box.show(UNIT)["MainPID"])


def wait_restarted(box: SystemdBox, before: int) -> None:
    """Wait until another process than *before* is ready."""

    def is_another() -> bool:
        shown = box.show(UNIT)
        return shown["ActiveState"] == "active" and shown["MainPID"] not in ("0", str(before))

    wait_until(is_another, lambda: box.messages(UNIT))


def rows(box: SystemdBox, database: str = DATABASE) -> int:
    count = (
        "import sqlite3,sys;print(*sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone())"
    )
    query = "SELECT count(*) FROM state_changes"
    return int(box.run(PYTHON, "-c", count, database, query).stdout)


def test_a_start(service: SystemdBox) -> None:
    """It is ready, says how it is, and records, with its secret as a credential and no rights."""
    shown = service.show(UNIT)

    assert shown["Type"] == ("notify-reload" if waits_for_reloads(service) else "notify")
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
    records = of_this_run(service)

    (connected,) = [each for each in records if "connected to" in each["MESSAGE"]]
    assert connected["_TRANSPORT"] == "journal"
    assert (connected["HOME"], connected["GENERATION"]) == ("home", "1")
    assert connected["LOGGER"] == "trio_ingest.home_assistant.connector"
    assert connected["CODE_FILE"].endswith("connector.py")
    assert connected["MESSAGE_ID"] == CONNECTED["message_id"]
    assert {each["PRIORITY"] for each in records} == {"6"}


def test_the_journal_explains(service: SystemdBox) -> None:
    """`journalctl -x` says what a record means, with the names of this installation."""
    explained = service.run("journalctl", "-x", "--unit", UNIT).stdout

    assert "Subject: trio-ingest is connected to a Home Assistant" in explained
    assert "State changes of the home home are recorded live." in explained


def test_every_kind_can_be_explained(box: SystemdBox) -> None:
    """systemd has taken in the whole catalog."""
    kinds = [kind for name, kind in vars(message_ids).items() if name.isupper()]
    numbers = {str(kind["message_id"]) for kind in kinds}
    known = box.run("journalctl", "--list-catalog", *numbers).stdout

    assert numbers == {line.split()[0] for line in known.splitlines()}


def test_systemd_finds_no_fault(box: SystemdBox) -> None:
    """systemd has nothing to say about any line of what was installed, whatever it is."""
    box.run(PROGRAM, "install-unit", "--name", "cabin")
    box.run(PROGRAM, "install-unit", "--relay")
    units = (UNIT, "trio-ingest@cabin.service", "trio-ingest-relay@relay.service")
    done = box.run("systemd-analyze", "verify", *units)

    assert done.stdout + done.stderr == ""


@pytest.mark.parametrize("unit", [UNIT, "trio-ingest@.service", RELAY])
def test_exposure(box: SystemdBox, unit: str) -> None:
    """What the daemon does not need, it may not do."""
    box.run(PROGRAM, "install-unit", "--name", "cabin")
    box.run(PROGRAM, "install-unit", "--relay")
    report = box.run("systemd-analyze", "security", "--offline=true", unit).stdout

    assert re.findall(r"exposure level for .*: ([\d.]+)", report) == [EXPOSURE]


def test_a_relay(box: SystemdBox) -> None:
    """A relay is ready though its stream is away; its status says so, and a stop is clean."""
    unit = RELAY.replace("@", "@north")
    box.run(PROGRAM, "install-unit", "--relay", "--name", "north")
    box.run("systemctl", "daemon-reload")
    box.run("systemctl", "start", unit)

    wait_until(lambda: "HA_LP" in box.messages(unit), lambda: box.messages(unit))
    assert "active" == box.show(unit)["ActiveState"]
    box.run("systemctl", "stop", unit)
    assert "success" == box.show(unit)["Result"]


def test_installed_twice(service: SystemdBox) -> None:
    """Installing again changes nothing."""
    done = service.run(PROGRAM, "install-unit")

    assert "Nothing has changed." in done.stdout


def test_a_good_reload(service: SystemdBox) -> None:
    """A reload changes the configuration and not the process, once; new systemds wait for its end."""
    before = main_process(service)
    service.put(CONFIG, CONFIGURATION + "[sink.second]\nkind = 'sqlite'\n")
    service.run("systemctl", "reload", UNIT)

    if waits_for_reloads(service):
        assert "second: " in status(service)
    wait_until(lambda: "second: up to date" in status(service), lambda: status(service))
    wait_until(lambda: service.show(UNIT)["ActiveState"] == "active")
    assert main_process(service) == before
    generations = {each["GENERATION"] for each in of_this_run(service) if "GENERATION" in each}
    assert generations == {"1", "2"}


def test_a_bad_reload_fails_visibly(service: SystemdBox) -> None:
    """`systemctl reload` fails on a file that is not valid, and the journal says what is wrong."""
    before = main_process(service)
    service.put(CONFIG, CONFIGURATION.replace("url", "urll"))
    done = service.run("systemctl", "reload", UNIT, check=False)

    assert done.returncode != 0
    wait_until(lambda: service.show(UNIT)["ActiveState"] == "active")
    assert 'Did you mean "url"?' in said(service)
    # An older systemd does not even ask the daemon, a newer one asks it beside the check.
    assert ("not reloaded" in said(service)) == waits_for_reloads(service)
    assert main_process(service) == before


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
        *(PROGRAM, "import", "--config", CONFIG, "--json"),
        *("--from", f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%d}"),
    )

    assert json.loads(done.stdout)["sinks"]["embedded"]["delivered_by"] == "daemon"
    owners = service.run("find", "/var/lib/private/trio-ingest", "-printf", "%U\\n").stdout
    assert 1 == len(set(owners.split()))  # the dynamic user, and not root
    assert "0" not in owners.split()
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
    with service.start(PYTHON, "-c", script, str(before)) as stopper:
        try:
            assert stopper.stdout is not None
            assert stopper.stdout.readline() == "stopped\n"

            wait_restarted(service, before)
        finally:
            stopper.kill()
    told = service.messages(UNIT)
    assert "wedged for 3 s: embedded" in told
    assert "Watchdog timeout" in told
    wait_until(lambda: rows(service) > recorded)


def test_wrong_from_the_start(box: SystemdBox) -> None:
    """A service whose configuration is wrong fails with 78 and is not tried again."""
    box.put(CONFIG, CONFIGURATION.replace("url", "urll"))

    assert box.run("systemctl", "start", UNIT, check=False).returncode != 0
    shown = box.show(UNIT)
    assert (shown["ActiveState"], shown["ExecMainStatus"]) == ("failed", "78")
    assert shown["NRestarts"] == "0"
    box.run("systemctl", "reset-failed", UNIT)


def test_a_user_that_stays(service: SystemdBox) -> None:
    """What docs/systemd.md says of a user of one's own is true: the state moves to it, and back."""
    make_user, drop_in = re.findall(
        r"```(?:sh|ini)\n((?:systemctl stop|\[Service\]).*?)```", DOCS, re.DOTALL
    )
    file = f"/etc/systemd/system/{UNIT}.d/user.conf"
    recorded = rows(service)
    service.run("sh", "-ec", make_user)
    try:
        service.put(file, drop_in)
        service.run("systemctl", "daemon-reload")
        report = service.run("systemd-analyze", "security", "--offline=true", UNIT).stdout
        service.run("systemctl", "restart", UNIT)
        owner = service.run("stat", "-c", "%U", "/var/lib/trio-ingest/home.db").stdout
        wait_until(lambda: rows(service, "/var/lib/trio-ingest/home.db") > recorded)
    finally:
        service.run("rm", file)
        service.run("systemctl", "daemon-reload")
        service.run("systemctl", "restart", UNIT)

    assert owner == "trio-ingest\n"
    assert f": {EXPOSURE} " in report
    wait_until(lambda: rows(service) > recorded)


def test_a_stop(service: SystemdBox) -> None:
    """A stop is clean, and all that was heard is in the database."""
    service.run("systemctl", "stop", UNIT)

    shown = service.show(UNIT)
    assert (shown["ActiveState"], shown["Result"]) == ("inactive", "success")
    assert "account of embedded" in service.messages(UNIT)
    assert "unaccounted" not in service.messages(UNIT)


def test_the_doctor_knows_the_service(service: SystemdBox) -> None:
    """Beside the running service the doctor, called as docs/operations.md says, finds all well."""
    done = service.run(
        "env",
        "STATE_DIRECTORY=/var/lib/trio-ingest",
        "CREDENTIALS_DIRECTORY=/run/credentials/trio-ingest.service",
        PROGRAM,
        "doctor",
        "--json",
        f"--config={CONFIG}",
        check=False,
    )

    report = json.loads(done.stdout)
    statuses = {(each["subject"], each["check"]): each["status"] for each in report["findings"]}
    said = {(each["subject"], each["check"]): each["what"] for each in report["findings"]}
    assert "failed" not in statuses.values(), report
    for check, status in {
        "unit": "ok",
        "enabled": "warning",  # it was only started
        "running": "ok",
        "journal_rate": "ok",
        "journal_storage": "ok",
    }.items():
        assert status == statuses["systemd", check], said["systemd", check]
    assert f"process {main_process(service)} has it open" == said["spool.embedded", "holder"]
    # By its number where nothing (nss-systemd) knows the names of dynamic users.
    assert re.search(r"belongs to (trio-ingest|\d{5}) ", said["state_directory", "owner"])
