"""`trio-ingest explain` against simulated homes, as a person calls it."""

from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path

import pytest
import trio
from click.testing import CliRunner, Result

from trio_ingest.cli import main
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator

SINKS = """
    [sink.tidy]
    kind = "influxdb"
    url = "http://127.0.0.1:9"
    api = "v1"
    database = "home"
    include.labels = ["Record"]
    exclude.globs = ["*_rssi"]
    attributes.exclude = ["icon_str"]
    identity = "registry_id"
    tag_labels = true
    value_map.sensor.Mon = 1

    [sink.classic]
    kind = "influxdb"
    url = "http://127.0.0.1:9"
    api = "v1"
    database = "home"
    schema = "home-assistant"

    [sink.embedded]
    kind = "sqlite"
    path = "home.db"
    exclude.domains = ["light"]
    value_map.sensor.Mon = 2
"""
NOWHERE = '\n[home_assistant.cabin]\nurl = "http://127.0.0.1:9"\ntoken = "secret-of-the-cabin"\n'


@pytest.fixture
async def simulator() -> AsyncGenerator[Simulator]:
    async with open_simulator(Home(number_of_entities=12)) as opened:
        opened.set_state("light.lamp", "on", {"brightness": 3, "icon": "mdi:lamp"})
        opened.set_state("light.lamp_rssi", "unknown")
        yield opened


def of(name: str, simulator: Simulator) -> str:
    return f'[home_assistant.{name}]\nurl = "{simulator.url}"\ntoken = "{simulator.token}"\n'


def labelled_sensor(simulator: Simulator) -> str:
    known = next(each for each in simulator.core.registries.entities if each[:7] == "sensor.")
    simulator.label_entity(known, simulator.create_label("Record"))
    return known


async def explain(directory: Path, homes: str, *arguments: str) -> Result:
    """Call the command in a thread, beside the simulated home."""
    config_file = directory / "trio-ingest.toml"
    config_file.write_text(f'state_directory = "state"\n{homes}{SINKS}', encoding="utf-8")
    call = partial(CliRunner().invoke, main, ["explain", "--config", str(config_file), *arguments])
    return await trio.to_thread.run_sync(call)


def paragraphs(result: Result) -> dict[str, str]:
    """Return what was said of each sink, by the sink's name."""
    said = [part.partition(": ") for part in result.stdout.strip().split("\n\n")[1:]]
    return {name: text for name, _, text in said}


async def test_an_entity_as_it_is(simulator: Simulator, tmp_path: Path) -> None:
    """What Home Assistant has now is told, and for each sink the rule and the line."""
    known = labelled_sensor(simulator)
    simulator.set_state(known, "Mon", {"icon": "x\ny", "level": 3})

    result = await explain(tmp_path, of("home", simulator), known)

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"{known} in home\n")
    assert '  state       "Mon"\n' in result.stdout
    assert "  attributes  icon, level\n" in result.stdout
    assert "labels Record" in result.stdout
    said = paragraphs(result)
    assert said["tidy"].startswith('recorded (include.labels: "Record")\n  sensor,registry_id=')
    assert ",labels=Record " in said["tidy"]
    fields = f'state="Mon",value=1.0,entity_id_str="{known}",level=3.0'
    assert f" {fields} " in said["tidy"]
    assert said["embedded"].startswith("recorded (nothing is included, and nothing excludes it)\n")
    assert f'  ["home","{known}",' in said["embedded"]
    assert ',"Mon",2.0,' in said["embedded"]
    assert str(simulator.token) not in result.output


async def test_an_entity_that_is_left_out(simulator: Simulator, tmp_path: Path) -> None:
    """Each sink has its own reason, and its schema may have no point."""
    result = await explain(tmp_path, of("home", simulator), "light.lamp_rssi")

    assert result.exit_code == 0, result.output
    assert "registry    nothing is known" in result.stdout
    assert paragraphs(result) == {
        "tidy": 'left out (exclude.globs: "*_rssi")',
        "classic": "recorded (nothing is included, and nothing excludes it)\n"
        "  nothing is written: the schema home-assistant has no point for such a state",
        "embedded": 'left out (exclude.domains: "light")',
    }


async def test_an_entity_that_is_not_there(simulator: Simulator, tmp_path: Path) -> None:
    """Names that are near are offered, and the command fails."""
    result = await explain(tmp_path, of("home", simulator), "light.lam")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert "light.lam is not in home.\nDid you mean light.lamp, " in result.stderr


async def test_an_entity_without_a_state(simulator: Simulator, tmp_path: Path) -> None:
    """An entity that only the registry knows is not called unknown."""
    known = next(iter(simulator.core.registries.entities))
    simulator.remove(known)

    result = await explain(tmp_path, of("home", simulator), known)

    assert result.exit_code == 1
    assert f"{known} is in the registry but has no state now" in result.stderr


async def test_several_homes(simulator: Simulator, tmp_path: Path) -> None:
    """A home that cannot be asked is told of; what the others have is explained all the same."""
    known = labelled_sensor(simulator)

    result = await explain(tmp_path, NOWHERE + of("home", simulator), known)

    assert result.exit_code == 1
    assert (
        "cabin cannot be asked: cannot connect to 127.0.0.1:9: Connection refused" in result.stderr
    )
    assert "secret" not in result.output
    assert result.stdout.startswith(f"{known} in home\n")
    assert paragraphs(result)["tidy"].startswith('recorded (include.labels: "Record")')
    assert ",home=home " in paragraphs(result)["tidy"]


async def test_an_entity_of_two_homes(simulator: Simulator, tmp_path: Path) -> None:
    """What several homes have is explained for each of them."""
    homes = of("home", simulator) + of("twin", simulator)

    result = await explain(tmp_path, homes, "light.lamp")

    assert result.exit_code == 0, result.output
    assert "\n\nlight.lamp in twin\n" in result.stdout
    assert result.stdout.count(",home=home") == result.stdout.count(",home=twin") == 1


async def test_values_to_try(tmp_path: Path) -> None:
    """With a state given, nobody is asked, and the values need never have been there."""
    values = ["--state", "on", "--attributes", '{"brightness": 3, "icon": "x", "level": NaN}']

    result = await explain(tmp_path, NOWHERE, "light.new", *values)

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Home Assistant was not asked")
    said = paragraphs(result)
    assert said["tidy"] == "left out (nothing in include names it)"
    assert ',domain=light,entity_id=new brightness=3.0,icon_str="x",' in said["classic"]
    assert 'level_str="None"' in said["classic"]  # as if Home Assistant had sent null


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["light.a", "--attributes", "{}"], "--attributes goes with --state"),
        (["light.a", "--state", "on", "--attributes", "{"], "no JSON"),
        (["light.a", "--state", "on", "--attributes", "[1]"], "no object"),
        (["light", "--state", "on"], "'light' is no entity id"),
    ],
)
async def test_wrong_usage(arguments: list[str], complaint: str, tmp_path: Path) -> None:
    """What makes no sense is said, with the exit code of wrong usage."""
    result = await explain(tmp_path, NOWHERE, *arguments)

    assert result.exit_code == 2
    assert complaint in result.stderr
