"""What the service manager is told, and when the watchdog is left alone."""

import sqlite3
from collections.abc import Mapping

import pytest
import trio
from attrs import define, field, frozen

from tests.delivery.scripted import ScriptedSink
from tests.spool.batches import make_batch
from trio_ingest.delivery.writer import Writer
from trio_ingest.model.batch import Batch
from trio_ingest.model.outcome import TryLater
from trio_ingest.pulse import Pulse
from trio_ingest.river import River
from trio_ingest.service.service import STATUS_SECONDS, Service
from trio_ingest.service.status_line import REFUSED
from trio_ingest.spool.keeper import keep
from trio_ingest.spool.memory import MemorySpool
from trio_ingest.telemetry.systemd import Notifier

PERIOD = 30.0


@frozen
class Heard(Notifier):
    """Remembers what it would have sent, and when."""

    sent: list[tuple[float, tuple[str, ...]]] = field(factory=list)

    def _send(self, *assignments: str) -> None:
        self.sent.append((trio.current_time(), assignments))

    def words(self) -> list[str]:
        return [assignments[0] for _, assignments in self.sent]

    def last_alive(self) -> float:
        return max(time for time, assignments in self.sent if assignments == ("WATCHDOG=1",))


@define(eq=False, kw_only=True)
class Stages(River):
    """A river of which only the pulses matter."""

    of: Mapping[str, Pulse] = field(factory=dict)

    def pulses(self) -> Mapping[str, Pulse]:
        return self.of


@define(eq=False)
class Disk(MemorySpool):
    """A spool on a disk that does not answer any more, or that is full."""

    is_full: bool = field(default=False, kw_only=True)

    async def append(self, batch: Batch) -> None:
        if self.is_full:
            raise sqlite3.OperationalError("database or disk is full")
        await trio.sleep_forever()


@pytest.fixture
def heard() -> Heard:
    return Heard("socket", PERIOD)


async def watch_for(seconds: float, heard: Heard, pulses: Mapping[str, Pulse]) -> float:
    """Keep watch so long and return how old the last word was that all is alive."""
    service = Service(heard)
    service.stands(Stages(of=pulses))
    with trio.move_on_after(seconds):
        await service.keep_watch()
    return trio.current_time() - heard.last_alive()


async def test_a_stage_that_waits_for_input_is_alive(heard: Heard, autojump_clock: object) -> None:
    """A quiet night is no reason for a restart."""
    pulse = Pulse()
    send, receive = trio.open_memory_channel[Batch](0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(keep, receive, MemorySpool(), pulse)

        assert await watch_for(3600, heard, {"influx keeper": pulse}) <= PERIOD / 3
        nursery.cancel_scope.cancel()
    send.close()


async def test_a_wedged_keeper_ends_the_good_news(
    heard: Heard, autojump_clock: object, caplog: pytest.LogCaptureFixture
) -> None:
    """When the disk does not answer for a period, systemd hears no more that all is alive."""
    pulse = Pulse()
    send, receive = trio.open_memory_channel[Batch](1)
    send.send_nowait(make_batch(1))
    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(keep, receive, Disk(), pulse)
        await watch_for(PERIOD * 10, heard, {"influx keeper": pulse})
        nursery.cancel_scope.cancel()
    send.close()

    assert heard.last_alive() - began == pytest.approx(PERIOD, abs=PERIOD / 3)
    assert "influx keeper" in caplog.text
    assert len(caplog.records) == 1


async def test_a_full_disk_is_weather(heard: Heard, autojump_clock: object) -> None:
    """Who waits out a backoff is not wedged, however long the disk stays full."""
    pulse = Pulse()
    send, receive = trio.open_memory_channel[Batch](1)
    send.send_nowait(make_batch(1))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(keep, receive, Disk(is_full=True), pulse)

        assert await watch_for(3600, heard, {"influx keeper": pulse}) <= PERIOD / 3
        nursery.cancel_scope.cancel()
    send.close()


async def test_an_outage_of_the_database_is_weather(heard: Heard, autojump_clock: object) -> None:
    """A writer that tries again for an hour is alive."""
    writer, spool = Writer(name="influx"), MemorySpool()
    await spool.append(make_batch(1))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(
            writer.run, spool, ScriptedSink(otherwise=lambda _: TryLater(reason="503"))
        )

        assert await watch_for(3600, heard, {"influx writer": writer.pulse}) <= PERIOD / 3
        nursery.cancel_scope.cancel()


async def test_no_watchdog_no_words(autojump_clock: object) -> None:
    """Where systemd waits for nothing, nothing is said."""
    heard = Heard("socket", None)

    await Service(heard).keep_watch()

    assert heard.sent == []


async def test_a_life(heard: Heard, autojump_clock: object) -> None:
    """A reload is over when the next generation stands, and the end is announced with its time."""
    service = Service(heard)
    service.stands(Stages())
    service.reloading()
    service.accepted()
    service.ended()
    service.stands(Stages())
    service.stopping()

    assert [word.split("=")[0] for word in heard.words()] == [
        "READY",
        "RELOADING",
        "EXTEND_TIMEOUT_USEC",
        "READY",
        "STOPPING",
        "EXTEND_TIMEOUT_USEC",
    ]


async def test_a_refused_reload_is_over_at_once(heard: Heard, autojump_clock: object) -> None:
    """What is wrong is in the status, until a configuration is accepted."""
    service = Service(heard)
    service.stands(Stages())
    service.reloading()
    service.refused()

    assert heard.sent[-1][1][0] == "READY=1"
    assert REFUSED in heard.sent[-1][1][1]
    assert REFUSED in service.status()
    service.accepted()
    assert REFUSED not in service.status()


async def test_refused_while_another_begins(heard: Heard, autojump_clock: object) -> None:
    """A bad file after a good one does not make the good one ready before it is."""
    service = Service(heard)
    service.stands(Stages())
    service.reloading()
    service.accepted()
    service.reloading()
    service.refused()

    assert heard.words().count("READY=1") == 1


async def test_the_status_is_kept_fresh(heard: Heard, autojump_clock: object) -> None:
    """It is said again when it has changed, and only then."""
    service = Service(heard)
    service.stands(Stages())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(service.report)
        await trio.sleep(STATUS_SECONDS * 10)
        service.stopping()
        service.ended()
        await trio.sleep(STATUS_SECONDS * 10)
        nursery.cancel_scope.cancel()

    assert [word for word in heard.words() if word.startswith("STATUS=")] == [
        "STATUS=",
        "STATUS=stopping",
    ]


async def test_no_status_is_made_for_nobody(autojump_clock: object) -> None:
    """Where no systemd has started us there is no timer for it."""
    service = Service(Notifier())
    service.stands(Stages())

    with trio.fail_after(STATUS_SECONDS):
        await service.report()
