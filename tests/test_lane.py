"""What belongs to one sink, put together."""

from pathlib import Path

from trio_ingest.config.model import Config, EntityPatterns, SqliteSinkConfig
from trio_ingest.lane import open_lane
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.model.state_change import StateChange


async def test_the_filter_knows_the_registries(tmp_path: Path) -> None:
    """Entities are recorded by their area as it is now, in the home that they belong to."""
    registries = {name: Latest(Registry()) for name in ("north", "south")}
    include = EntityPatterns(areas=("Attic",))
    sink = SqliteSinkConfig(name="embedded", path=tmp_path / "home.db", include=include)
    config = Config(source=None, state_directory=tmp_path, home_assistants=(), sinks=(sink,))
    change = StateChange(entity_id="light.a", time=0, state=None)

    async with open_lane(sink, config, registries) as lane:
        registries["north"].value = Registry(entries={"light.a": Entry(area="Attic")})

        assert lane.processor.selection.admits("north", change)
        assert not lane.processor.selection.admits("south", change)
