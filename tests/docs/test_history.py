"""docs/history.md."""

import re
from pathlib import Path

from click.testing import CliRunner

from trio_ingest.cli import main
from trio_ingest.config.line_protocol_model import Precision
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.model.statistic import Statistic, StatisticRow
from trio_ingest.processing.statistic_lines import StatisticLineEncoder

TEXT = (Path(__file__).parents[2] / "docs" / "history.md").read_text(encoding="utf-8")


def test_options() -> None:
    """The page has every option that the command has, and no other."""
    options = set(re.findall(r"--[a-z-]+", CliRunner().invoke(main, ["import", "--help"]).output))

    table = "\n".join(line for line in TEXT.splitlines() if line.startswith("| `--"))
    assert options - {"--help", "--config"} == set(re.findall(r"--[a-z-]+", table))


def test_line_of_a_statistic() -> None:
    """The line on the page is the one that is written."""
    statistic = Statistic(statistic_id="sensor.energy", source="recorder", unit="kWh")
    row = StatisticRow(statistic=statistic, time=1_795_417_200_000_000, sum=95.0, state=45.5)
    entries = {"sensor.energy": Entry(area="Kitchen", device="Meter")}
    registries = {"home": Latest(Registry(entries=entries))}
    encoder = StatisticLineEncoder(registries, tags={}, precision=Precision.US)

    assert f"```\n{encoder.encode('home', row)}\n```" in TEXT
