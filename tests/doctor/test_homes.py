"""What is found of a Home Assistant, in good days and when something is broken on purpose."""

import ssl
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import trustme

from tests.doctor.findings import not_ok, statuses, the
from tests.home_assistant.following import config_for
from tests.support.servers import free_port
from trio_ingest.config.common import Secret
from trio_ingest.config.model import HomeAssistantConfig
from trio_ingest.doctor.homes import check_home
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator

DAY = 86_400


@pytest.fixture
async def simulator() -> AsyncGenerator[Simulator]:
    async with open_simulator(Home(number_of_entities=20)) as opened:
        yield opened


async def test_all_is_well(simulator: Simulator) -> None:
    """Of a good home every check is told, and the token of a user without rights will do."""
    simulator.core.entrance.is_admin = False

    found = await check_home(config_for(simulator))

    assert {} == not_ok(found)
    assert (
        ["reachable", "tls", "token", "rights", "version", "state", "recorder", "history", "clock"]
    ) == list(statuses(found))
    assert {"home_assistant.home"} == {finding.subject for finding in found}
    assert "20 entities" in the("reachable", found).what
    assert "Home Assistant 2026.11.0" in the("version", found).what
    assert "no administrator" in the("rights", found).what


async def test_more_rights_than_needed(simulator: Simulator) -> None:
    """An administrator's token is warned of, unless events call for it."""
    plain = await check_home(config_for(simulator))
    needed = await check_home(config_for(simulator, events=("call_service",)))

    assert {"rights": "warning"} == not_ok(plain)
    assert {} == not_ok(needed)


async def test_fewer_rights_than_needed(simulator: Simulator) -> None:
    """An event that this token may not hear fails, with what it takes."""
    simulator.core.entrance.is_admin = False

    found = await check_home(config_for(simulator, events=("call_service", "service_registered")))

    assert {"events.call_service": "failed"} == not_ok(found)
    assert "administrator" in the("events.call_service", found).what


async def test_wrong_token(simulator: Simulator) -> None:
    """A token that is not accepted is the one finding, and is not repeated."""
    config = config_for(simulator, token=Secret(value="not-the-right-one"))

    [found] = await check_home(config)

    assert ("token", "failed") == (found.check, found.status)
    assert "not-the-right-one" not in f"{found}"


async def test_nobody_there() -> None:
    """A port that nobody listens on is told from other troubles."""
    url = f"http://127.0.0.1:{free_port()}"

    [found] = await check_home(HomeAssistantConfig(name="home", url=url, token=Secret(value="x")))

    assert ("reachable", "failed") == (found.check, found.status)
    assert "correct the port" in found.advice


async def test_tls(tmp_path: Path) -> None:
    """A certificate of an unknown authority is told as such; with its `ca_file` all is well."""
    authority = trustme.CA()
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)

    async with open_simulator(Home(number_of_entities=3), ssl_context=context) as simulator:
        simulator.core.entrance.is_admin = False
        [unknown] = await check_home(config_for(simulator))
        known = await check_home(config_for(simulator, ca_file=ca_file))
        careless = await check_home(config_for(simulator, verify_tls=False))

    assert ("tls", "failed") == (unknown.check, unknown.status)
    assert "ca_file" in unknown.advice
    assert {} == not_ok(known)
    assert {"tls": "warning"} == not_ok(careless)


async def test_no_tls_there(simulator: Simulator) -> None:
    """https where only http is spoken is told from a bad certificate."""
    url = simulator.url.replace("http:", "https:")

    [found] = await check_home(config_for(simulator, url=url))

    assert ("tls", "failed") == (found.check, found.status)
    assert "try http://" in found.advice


async def test_no_recorder(simulator: Simulator) -> None:
    """Without a recorder gaps stay, which is a warning unless they are not to be repaired."""
    simulator.core.entrance.is_admin = False
    simulator.recorder.is_running = False

    wanted = await check_home(config_for(simulator))
    unwanted = await check_home(config_for(simulator, backfill=False))

    assert {"recorder": "warning"} == not_ok(wanted)
    assert "history" not in statuses(wanted)
    assert {} == not_ok(unwanted)


async def test_how_far_back_the_recorder_reaches() -> None:
    """It is found by asking, up to `backfill_max`."""
    behind = 3.0 * DAY

    async with open_simulator(
        Home(number_of_entities=5), clock=lambda: time.time() - behind
    ) as simulator:
        behind = 0.0
        three_days = await check_home(config_for(simulator))
        enough = await check_home(config_for(simulator, backfill_max=2.0 * DAY))

    assert "reaches back about 3 days" in the("history", three_days).what
    assert "reaches back 2d (backfill_max) at least" in the("history", enough).what


@pytest.mark.parametrize(
    ("ahead", "words"), [(600.0, "600 s ahead of"), (-600.0, "600 s behind"), (4.0, "agrees")]
)
async def test_clocks_that_do_not_agree(ahead: float, words: str) -> None:
    """A clock that is off by more than a few seconds is warned of."""
    async with open_simulator(
        Home(number_of_entities=3), clock=lambda: time.time() + ahead
    ) as simulator:
        found = await check_home(config_for(simulator))

    assert words in the("clock", found).what
    assert (statuses(found)["clock"] == "ok") is (abs(ahead) < 5)


async def test_while_it_starts(simulator: Simulator) -> None:
    """A Home Assistant that starts is let be."""
    simulator.core.entrance.is_admin = False
    simulator.set_run_state("NOT_RUNNING")

    assert {"state": "warning"} == not_ok(await check_home(config_for(simulator)))


async def test_what_an_older_one_does_not_know(simulator: Simulator) -> None:
    """What a Home Assistant cannot say is skipped, and the rest is told."""
    simulator.core.unknown_commands |= {"auth/current_user", "history/history_during_period"}
    simulator.core.version = "2024.1.5"

    found = await check_home(config_for(simulator))

    assert {"rights": "skipped", "version": "warning", "history": "skipped"} == not_ok(found)
