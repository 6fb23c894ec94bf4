"""docs/nats.md: its configurations are those of a real server, and its headers are ours."""

import re
import subprocess
from pathlib import Path

import pytest
import trio
from attrs import evolve

from tests.support.nats import program, running_nats
from trio_ingest.config.common import Secret
from trio_ingest.config.nats_model import NatsSinkConfig
from trio_ingest.jetstream.client import open_jetstream
from trio_ingest.jetstream.envelope import headers_of
from trio_ingest.jetstream.errors import JetStreamRefused
from trio_ingest.jetstream.setting_up import set_up
from trio_ingest.jetstream.setup import Wanted
from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.model.outcome import Accepted
from trio_ingest.sinks.nats import open_nats_sink

TEXT = (Path(__file__).parents[2] / "docs" / "nats.md").read_text(encoding="utf-8")
JETSTREAM, AUTHORIZATION = re.findall(r"^```nats\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
BATCH = Batch.of_lines([b"a v=1 1"], encoding=Encoding.LINE_PROTOCOL_US, first=1, last=1)


def test_every_header_is_told_of() -> None:
    """The table has what a message has, and nothing else."""
    rows = re.findall(r"^\| (`[^|]*`) \|", TEXT.partition("| header |")[2], re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`([^`]*)`", row)]
    whole = [f"Trio-Ingest{name}" if name.startswith("-") else name for name in named]

    assert list(headers_of(BATCH, "tidy")) == whole[: len(headers_of(BATCH, "tidy"))]


@pytest.mark.servers
def test_the_server_takes_the_settings(tmp_path: Path) -> None:
    """Also `sync_interval: always`."""
    file = tmp_path / "nats.conf"
    file.write_text(JETSTREAM + AUTHORIZATION)

    subprocess.run([program(), "-t", "-c", file], check=True, capture_output=True)


@pytest.mark.servers
async def test_the_rights_are_enough(tmp_path: Path) -> None:
    """A sink and a reader can do their work with the rights on the page, and no more."""
    with running_nats(tmp_path, AUTHORIZATION) as server:
        north = NatsSinkConfig(
            name="north",
            servers=(server.url,),
            subject="ha.lp.north",
            username="north",
            password=Secret(value="change me 2"),
        )
        boss = evolve(north, username="setup", password=Secret(value="change me 1"))
        reader = evolve(north, username="reader", password=Secret(value="change me 3"))
        async with open_nats_sink(north) as sink:
            missing = await sink.write(BATCH)
        async with open_jetstream(boss, "test") as jetstream:
            wanted = Wanted(stream="HA_LP", subject=north.subject, max_bytes=1024 * 1024)
            await set_up(jetstream, wanted, lambda _: None, only_checks=False)
        async with open_nats_sink(north) as sink, open_jetstream(reader, "test") as jetstream:
            with trio.fail_after(5):
                accepted = await sink.write(BATCH)
                delivery = await jetstream.next_message("writers")
                await jetstream.in_progress(delivery)
                await jetstream.nak(delivery, 0.01)
                await jetstream.ack(await jetstream.next_message("writers"))
            with pytest.raises(JetStreamRefused, match="Permissions Violation"):
                await jetstream.publish("ha.lp.north", b"x")

    assert "there is no stream HA_LP" in getattr(missing, "reason", "")
    assert Accepted() == accepted
