"""What was reported again without a change is seen, at the time when it was reported."""

from collections.abc import AsyncGenerator, Awaitable, Callable

import pytest
import trio
from msgspec.structs import replace

from tests.home_assistant.following import PlainLedger, config_for, until
from tests.home_assistant.test_repair import recording
from trio_ingest.config.model import HomeAssistantConfig
from trio_ingest.home_assistant.errors import CommandFailed
from trio_ingest.home_assistant.heartbeat import BURST, fetch_reports, parse, reported
from trio_ingest.home_assistant.session_opening import open_session
from trio_ingest.model.attributes import NO_ATTRIBUTES
from trio_ingest.model.instant import to_datetime
from trio_ingest.model.state_change import Burst, Source, State, StateChange
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator

ENTITY = "sensor.steady"
SetState = Callable[[str, str], Awaitable[None]]


@pytest.fixture
async def simulator() -> AsyncGenerator[Simulator]:
    async with open_simulator(
        Home(number_of_entities=BURST + 20), records_emissions=True
    ) as opened:
        yield opened


async def ignore(_: Burst) -> None:
    """Let live changes pass."""


async def see_reports(config: HomeAssistantConfig, set_state: SetState) -> None:
    """Report a state twice, and see that the second report is the time of its heartbeat."""
    ring, updated = trio.open_memory_channel[None](1)
    with ring, updated, trio.fail_after(30):
        async with open_session(config, None, ignore, ring) as session:
            await set_state(ENTITY, "5")
            (first,) = await reports_of(session)
            await trio.sleep(0.01)
            await set_state(ENTITY, "5")
            (second,) = await reports_of(session)
            everything = await fetch_reports(session)

            assert first.state is not None
            assert second.state == first.state
            assert first.time == first.state.last_updated < second.time
            assert len(everything) > 1
            assert session.unreadable == 0
            with pytest.raises(CommandFailed, match="template"):
                await session.render("{{ this is no template", ids=[])


async def reports_of(session: object) -> list[StateChange]:
    return [each for each in await fetch_reports(session) if each.entity_id == ENTITY]  # type: ignore[arg-type]


async def test_reports_of_the_simulated_home(simulator: Simulator) -> None:
    """The simulated Home Assistant tells of reports as the real one does, of any number."""

    async def set_state(entity_id: str, state: str) -> None:
        simulator.set_state(entity_id, state)

    await see_reports(config_for(simulator), set_state)


async def test_only_those_who_wish_are_told(simulator: Simulator) -> None:
    """Reports go to the lanes with a heartbeat; a home that nobody wishes to feel is not asked."""
    simulator.set_state(ENTITY, "5")
    beating = PlainLedger(heartbeat_seconds=0.2)

    async with recording(simulator, PlainLedger(), beating) as (_, [still, lane]):
        simulator.set_state(ENTITY, "5")
        await until(lambda: len(lane.changes(Source.HEARTBEAT)) > 1000)

    assert not still.changes(Source.HEARTBEAT)
    times = {each.time for each in lane.changes(Source.HEARTBEAT) if each.entity_id == ENTITY}
    assert {simulator.core.states.get(ENTITY).reported.moment} == {  # type: ignore[union-attr]
        to_datetime(time) for time in times
    }


def test_what_changes_meanwhile_is_left_out() -> None:
    """A report of another state than the one in the snapshot is no heartbeat of that one."""
    state = State(value="5", attributes=NO_ATTRIBUTES)
    snapshot = [StateChange(entity_id=each, time=10, state=state) for each in ("a.a", "b.b", "c.c")]

    found = list(reported(snapshot, {"a.a": (10, 30), "b.b": (20, 20)}))

    assert [replace(snapshot[0], time=30)] == found


def test_what_the_template_writes() -> None:
    """A line an entity, with two instants to the microsecond."""
    text = "a.a 1970-01-01T00:00:00.000001+00:00 1970-01-01T00:00:02+00:00\n"

    assert {"a.a": (1, 2_000_000)} == dict(parse(text))
    assert {} == dict(parse(""))
