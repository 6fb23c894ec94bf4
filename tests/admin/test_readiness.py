"""Why the daemon is not ready, and that it is again once the reason is gone."""

import sqlite3
from types import SimpleNamespace
from typing import Any

import pytest
import trio
from attrs import evolve

from tests.admin.running import Watched, watched
from tests.admin.snapshots import WELL, with_connector, with_publisher, with_sink
from trio_ingest.admin.problems import WEDGED_SECONDS
from trio_ingest.admin.readiness import reasons_not_ready
from trio_ingest.config.sink_model import SpoolConfig
from trio_ingest.delivery.writer import WriterStatistics
from trio_ingest.looking import look_at_pulses
from trio_ingest.model.progress import Progress
from trio_ingest.pulse import Pulse
from trio_ingest.simulator import Stall
from trio_ingest.spool.durable import open_durable_spool
from trio_ingest.spool.mending import MendingStore
from trio_ingest.spool.spool import SpoolStatistics
from trio_ingest.telemetry.reloads import Reloads

NOT_YET = with_connector(state="waiting", sessions=0)
REASONS = {
    "no home is followed: spools are still being opened, or it is stopping": evolve(WELL, homes={}),
    "home home is not connected: no session yet": NOT_YET,
    "home home is not connected: refused": with_connector(state="waiting", last_trouble="refused"),
    "sink influx does not deliver: 503": with_sink(writer=WriterStatistics(last_problem="503")),
    "sink influx needs someone to look: 401": with_sink(
        writer=WriterStatistics(last_problem="401", needs_operator=True)
    ),
    "the spool of sink influx cannot write: disk I/O error": with_sink(
        spool=SpoolStatistics(write_problem="disk I/O error")
    ),
    "stage influx keeper has been at one piece of work for 12 s: a disk that does not answer, "
    "or a bug": evolve(WELL, at_work={"influx keeper": 12.0, "influx writer": 0.1}),
    "spool late cannot be opened: no permission": evolve(
        WELL, unopened={"spool late": "no permission"}
    ),
    "the last reload was refused, the configuration before it goes on; the log says why": evolve(
        WELL, reloads=Reloads(is_last_ok=False)
    ),
}


@pytest.mark.parametrize("reason", REASONS)
def test_what_is_wrong_is_said(reason: str) -> None:
    """Each thing that is wrong is one sentence, and there is none when all is well."""
    assert [] == reasons_not_ready(WELL, {})

    assert [reason] == reasons_not_ready(REASONS[reason], {})


def test_a_full_spool_is_said() -> None:
    """Points that gave way within the last minute are a reason; those of long ago are none."""
    (reason,) = reasons_not_ready(WELL, {"influx": 7})

    assert "the spool of sink influx is full: 7 points dropped just now" == reason
    assert [] == reasons_not_ready(WELL, {"influx": 0})


def test_a_publisher_in_trouble_is_no_reason() -> None:
    """Whoever else is told, recording does not depend on it."""
    assert [] == reasons_not_ready(with_publisher(last_trouble="refused"), {})


def test_a_commit_takes_its_time() -> None:
    """A stage that works is not taken for one that is wedged."""
    busy = evolve(WELL, at_work={"influx keeper": WEDGED_SECONDS - 0.1})

    assert [] == reasons_not_ready(busy, {})


async def test_a_disk_that_fails_shows_until_it_works_again(tmp_path, monkeypatch) -> None:
    """What the disk says at a write is in the spool's statistics until the next write succeeds."""
    progress = Progress(checkpoint={"home": 1})
    async with open_durable_spool(tmp_path / "spool.db", SpoolConfig()) as spool:
        with monkeypatch.context() as broken:
            broken.setattr(MendingStore, "note", fail)
            with pytest.raises(sqlite3.OperationalError):
                await spool.note(progress)
        at_first = spool.statistics().write_problem
        await spool.note(progress)

        assert "database or disk is full" == at_first
        assert spool.statistics().write_problem is None


def fail(*_: object) -> None:
    raise sqlite3.OperationalError("database or disk is full")


async def test_a_lost_home_is_said_until_it_is_back(tmp_path) -> None:
    """/readyz of a daemon is 503 with its reason while the home is away, and 200 again then."""
    async with watched(tmp_path) as admin:
        admin.simulator.stall(Stall.BEFORE_UPGRADE)
        admin.simulator.kill()
        lost = await answer_with(admin, 503)
        admin.simulator.stall(None)
        admin.simulator.kill()
        back = await answer_with(admin, 200)

    (reason,) = lost["reasons"]
    assert reason.startswith("home home is not connected: ")
    assert {"ready": True, "reasons": []} == back


async def answer_with(admin: Watched, status: int) -> Any:
    with trio.fail_after(30):
        while (answer := await admin.client.get("/readyz")).status_code != status:
            await trio.sleep(0.02)
    return answer.json()


async def test_stages_at_work_are_looked_at(autojump_clock) -> None:
    """For each stage that is at work it is said for how long, by the name of its task."""
    connector, keeper, writer = Pulse(), Pulse(), Pulse()
    pulses = {"home connector": connector, "influx keeper": keeper, "influx writer": writer}
    river = SimpleNamespace(pulses=lambda: pulses)
    with keeper.at_work():
        await trio.sleep(3)
        with connector.at_work():
            found = look_at_pulses(river)

    assert {"home connector": 0.0, "influx keeper": 3.0} == found
    assert {} == look_at_pulses(river)
