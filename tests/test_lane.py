"""What belongs to one sink, put together."""

from pathlib import Path

import pytest

from tests.support.sink_configs import influx_config
from trio_ingest.config.line_protocol_model import Schema
from trio_ingest.config.nats_model import NatsSinkConfig
from trio_ingest.config.sink_model import (
    BatchConfig,
    EntityPatterns,
    RestartNoise,
    SinkConfig,
    SqliteSinkConfig,
)
from trio_ingest.config.wanted import WantedLane
from trio_ingest.lane import open_lane
from trio_ingest.lane_settings import drops_noise, joins, make_settings, unread_seconds
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.model.state_change import StateChange


async def test_the_filter_knows_the_registries(tmp_path: Path) -> None:
    """Entities are recorded by their area as it is now, in the home that they belong to."""
    registries = {name: Latest(Registry()) for name in ("north", "south")}
    include = EntityPatterns(areas=("Attic",))
    sink = SqliteSinkConfig(name="embedded", path=tmp_path / "home.db", include=include)
    wanted = WantedLane(config=sink, secret="", homes=("north", "south"), state_directory=tmp_path)
    change = StateChange(entity_id="light.a", time=0, state=None)

    async with open_lane(wanted, registries) as lane:
        registries["north"].value = Registry(entries={"light.a": Entry(area="Attic")})

        assert lane.processor.selection.admits("north", change)
        assert not lane.processor.selection.admits("south", change)


@pytest.mark.parametrize(
    ("sink", "drops"),
    [
        (influx_config(), True),
        (influx_config(schema=Schema.HOMEIQ), True),
        (influx_config(schema=Schema.HOME_ASSISTANT), False),
        (influx_config(schema=Schema.HOME_ASSISTANT, restart_noise=RestartNoise.DROP), True),
        (influx_config(restart_noise=RestartNoise.KEEP), False),
        (SqliteSinkConfig(name="embedded", path=Path("home.db")), True),
    ],
)
def test_who_writes_restored_states(sink: SinkConfig, drops: bool) -> None:
    """The schema that others wrote before us keeps them, unless told otherwise; we do not."""
    assert drops == drops_noise(sink)


def test_what_a_stream_is_sent_is_not_joined() -> None:
    """It knows a batch by its bytes, which have to be the same when they are sent again."""
    stream = NatsSinkConfig(name="north", servers=("nats://n",), subject="ha.lp.north")
    database = influx_config()

    assert not joins(stream)
    assert joins(database)


@pytest.mark.parametrize("linger", [0.0, 0.05, 1.0, 3600.0])
def test_unread_and_gathered_it_lingers_once(tmp_path: Path, linger: float) -> None:
    """What a change may wait in the socket it does not wait again in the processor."""
    batch = BatchConfig(linger=linger)
    sink = SqliteSinkConfig(name="embedded", path=tmp_path / "home.db", batch=batch)
    wanted = WantedLane(config=sink, secret="", homes=("home",), state_directory=tmp_path)

    settings = make_settings(wanted, {"home": Latest(Registry())})

    assert settings.limits.linger + unread_seconds(batch) == pytest.approx(linger)
    assert 0 <= unread_seconds(batch) < 0.5
    assert (unread_seconds(batch) > 0) == (linger >= 0.5)
