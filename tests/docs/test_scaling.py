"""docs/scaling.md: its configurations are valid, its sums are right, and what it names is there."""

import re
from pathlib import Path

import pytest

from trio_ingest.config.loading import load

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scaling.md").read_text("utf-8")
SINKS = re.findall(r"```toml\n(\[sink.*?)```", PAGE, re.DOTALL)
RELAY = '[relay]\nservers = ["nats://127.0.0.1:4222"]\n'
HOMES, EVENTS = 10_000, 11


def row(beginning: str) -> list[float]:
    """Return the first two figures of a row of a table."""
    [found] = re.findall(
        rf"^\| {re.escape(beginning)}[^|]*\|([^|]*)\|([^|]*)\|", PAGE, re.MULTILINE
    )
    return [float(re.sub(r"[^\d.]", "", each)) for each in found]


@pytest.mark.parametrize("sink", SINKS)
def test_databases(tmp_path: Path, sink: str) -> None:
    """Each is a sink that a relay may have."""
    for name in ("influx.token", "greptime.token"):
        (tmp_path / name).write_text("user:password")
        (tmp_path / name).chmod(0o600)
    file = tmp_path / "relay.toml"
    file.write_text(RELAY + sink)

    config = load(file, {"STATE_DIRECTORY": str(tmp_path)})

    assert 1 == len(config.sinks)
    assert not config.warnings


def test_three_databases() -> None:
    """The page has been read."""
    assert 3 == len(SINKS)


def test_the_sums() -> None:
    """What 10,000 homes need follows from what was measured, and from nothing else."""
    events, messages = row("events/s"), row("messages/s in all")
    in_stream, on_disks = row("into the stream"), row("written to disks")
    an_event = row("bytes of the stream an event")
    a_relay = row("CPU of one relay")
    servers = [
        taking + giving
        for taking, giving in zip(
            row("CPU of all three servers for 1,000 messages, taking"),
            row("CPU of all three servers for 1,000 messages, giving"),
            strict=True,
        )
    ]

    assert [HOMES * EVENTS] * 2 == events
    assert [HOMES / 1, HOMES / 10] == messages
    for column in (0, 1):
        rate = events[column] * an_event[column] / 1e6
        assert rate == pytest.approx(in_stream[column], rel=0.01)
        assert 3 * rate == pytest.approx(on_disks[column], rel=0.01)
        assert 2 * rate == pytest.approx(row("from the leader")[column], rel=0.01)
        assert 86.4 * rate == pytest.approx(row("through the stream in a day")[column], rel=0.01)
        assert 3.6 * rate == pytest.approx(row("**kept")[column], rel=0.02)
        needed = messages[column] * a_relay[column] / 1000
        assert needed == pytest.approx(row("CPU of the relays")[column], rel=0.01)
        assert needed / 0.6 <= row("**relays")[column] <= needed / 0.6 + 2
        of_servers = messages[column] * servers[column] / 1000
        assert of_servers == pytest.approx(row("CPU of the servers")[column], rel=0.02)


def test_what_is_named_is_there() -> None:
    """Tests and directories that it speaks of exist."""
    named = re.findall(r"`((?:tests|deploy)/[\w./]+)", PAGE)

    assert named
    assert all((ROOT / each).exists() for each in named)
