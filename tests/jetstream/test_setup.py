"""Setting up: what is wanted, what differs, and what a real server makes of it."""

import itertools
from pathlib import Path

import msgspec
import pytest
import trio
from attrs import evolve
from click.testing import CliRunner, Result

from tests.support.nats import NatsServer
from trio_ingest.cli import main
from trio_ingest.config.nats_model import NatsConfig
from trio_ingest.jetstream.api import (
    NANOSECONDS,
    AckPolicy,
    ConsumerConfig,
    Discard,
    Retention,
    Storage,
    StreamConfig,
)
from trio_ingest.jetstream.client import open_jetstream
from trio_ingest.jetstream.setup import (
    Wanted,
    changeable,
    corrected_stream,
    differences,
    new_stream,
    promise,
)
from trio_ingest.jetstream.subjects import fits

WANTED = Wanted(stream="S", subject="ha.lp.north")
NEW = new_stream(WANTED, has_cluster=True)
names = (f"SETUP{number}" for number in itertools.count())


@pytest.mark.parametrize(
    ("subject", "pattern", "expected"),
    [
        ("a.b", "a.b", True),
        ("a.b", "a.c", False),
        ("a.b", "a.*", True),
        ("a.b.c", "a.*", False),
        ("a.b.c", "a.>", True),
        ("a", "a.>", False),
        ("a.b", ">", True),
        ("a.b", "*.b", True),
        ("a", "a.b", False),
    ],
)
def test_subjects(subject: str, pattern: str, expected: bool) -> None:
    """A star is one word, a greater-than sign one or more at the end."""
    assert expected == fits(subject, pattern)


def test_a_new_stream_refuses_when_it_is_full_and_keeps_what_is_unread() -> None:
    """Nothing is forgotten in silence, and three servers have it."""
    assert (Retention.WORK_QUEUE, Discard.NEW, Storage.FILE) == (
        NEW.retention,
        NEW.discard,
        NEW.storage,
    )
    assert (3, 0, 1024**3) == (NEW.num_replicas, NEW.max_age, NEW.max_bytes)
    assert 1 == new_stream(WANTED, has_cluster=False).num_replicas
    assert ("ha.lp.>",) == NEW.subjects
    other = evolve(WANTED, subject="home.a", max_age_seconds=60.0)
    assert ("home.a",) == new_stream(other, has_cluster=False).subjects
    assert 60 * NANOSECONDS == new_stream(other, has_cluster=False).duplicate_window


def test_what_was_not_asked_for_stays() -> None:
    """A stream that somebody has tuned is left alone."""
    tuned = msgspec.structs.replace(NEW, num_replicas=5, max_bytes=7, max_age=3, duplicate_window=2)

    assert tuned == corrected_stream(WANTED, tuned)


def test_what_breaks_a_promise_is_corrected() -> None:
    """Also what no server changes is named, and not tried."""
    foreign = StreamConfig(name="S", subjects=("other.>",), duplicate_window=120 * NANOSECONDS)
    better = corrected_stream(evolve(WANTED, max_age_seconds=60.0, max_bytes=2048), foreign)

    found = {each.setting: each for each in differences("s", foreign, better)}

    assert {
        "s: subjects": ("other.>", "other.>, ha.lp.>"),
        "s: retention": ("limits", "workqueue"),
        "s: discard": ("old", "new"),
        "s: max_bytes": ("unlimited", "2.0 KiB"),
        "s: max_age": ("unlimited", "1 minute"),
        "s: duplicate_window": ("2 minutes", "1 minute"),
    } == {name: (each.now, each.wanted) for name, each in found.items()}
    assert ["s: retention"] == [name for name, each in found.items() if each.is_fixed]
    assert Retention.LIMITS == changeable(better, foreign).retention


def test_the_promise_says_when_what_was_confirmed_may_be_lost() -> None:
    """One copy, an age, a stream that forgets: each is said."""
    bad = msgspec.structs.replace(
        NEW, num_replicas=1, max_age=3600 * NANOSECONDS, discard=Discard.OLD, max_bytes=-1
    )

    said, of_bad = "\n".join(promise(NEW, "writers")), "\n".join(promise(bad, "writers"))

    assert "before it has synced to disk, unless its servers have sync_interval: always" in said
    assert "there are 3 copies on as many servers; 1 of them may be away" in said
    assert "refuses what is new" in said
    assert "note:" not in said
    assert "what nobody has read for 1 hour is dropped" in of_bad
    assert "forgets the oldest" in of_bad
    assert "there is one copy" in of_bad
    assert "may fill the disks" in of_bad


def config_at(directory: Path, server: NatsServer, stream: str, more: str = "") -> str:
    file = directory / "trio-ingest.toml"
    file.write_text(
        f"""
        home_assistant.home = {{ url = "http://127.0.0.1:1", token = "abc" }}
        [sink.north]
        kind = "nats"
        servers = ["{server.url}"]
        stream = "{stream}"
        subject = "{stream.lower()}.north"
        {more}
        """
    )
    return str(file)


def setup(file: str, *arguments: str) -> Result:
    result = CliRunner().invoke(main, ["nats", "setup", "--config", file, *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result


async def infos(server: NatsServer, stream: str) -> tuple[object, object]:
    async with open_jetstream(NatsConfig(servers=(server.url,), stream=stream), "test") as client:
        stream_info = await client.stream_info()
        consumer_info = await client.consumer_info("writers")
    return stream_info and stream_info.config, consumer_info and consumer_info.config


@pytest.mark.servers
def test_the_command_makes_what_is_missing_once(nats_server: NatsServer, tmp_path: Path) -> None:
    """A check changes nothing; a second time there is nothing to do; both say what is promised."""
    stream = next(names)
    file = config_at(tmp_path, nats_server, stream)

    checked = setup(file, "--check")
    nothing = trio.run(infos, nats_server, stream)
    first = setup(file, "--max-bytes", "1 MiB")
    made = trio.run(infos, nats_server, stream)
    second = setup(file)
    checked_again = setup(file, "--check")

    assert (1, (None, None)) == (checked.exit_code, nothing)
    assert f"stream {stream}: is missing" in checked.output
    assert f"stream {stream}: created\nconsumer writers: created\n" in first.output
    assert "unless its servers have sync_interval: always" in first.output
    assert "it holds 1.0 MiB" in first.output
    assert f"stream {stream}: is as it should be\nconsumer writers: is as it" in second.output
    assert [0, 0, 0] == [first.exit_code, second.exit_code, checked_again.exit_code]
    assert made == trio.run(infos, nats_server, stream)
    made_stream, made_consumer = made
    assert isinstance(made_stream, StreamConfig)
    assert isinstance(made_consumer, ConsumerConfig)
    assert (f"{stream.lower()}.north",) == made_stream.subjects
    assert (AckPolicy.EXPLICIT, -1) == (made_consumer.ack_policy, made_consumer.max_deliver)


@pytest.mark.servers
def test_the_command_changes_what_can_be_changed(nats_server: NatsServer, tmp_path: Path) -> None:
    """What differs is shown, changed where the server allows it, and a check fails until then."""
    stream = next(names)
    file = config_at(tmp_path, nats_server, stream)

    async def make(retention: Retention, name: str) -> None:
        config = NatsConfig(servers=(nats_server.url,), stream=name)
        async with open_jetstream(config, "test") as client:
            await client.create_stream(
                StreamConfig(
                    name=name, subjects=(f"{name}.other",), retention=retention, max_bytes=5000
                )
            )
            await client.create_consumer(
                ConsumerConfig(durable_name="writers", ack_policy=AckPolicy.EXPLICIT, max_deliver=3)
            )

    trio.run(make, Retention.WORK_QUEUE, stream)
    checked = setup(file, "--check", "--max-bytes", "10 kB")
    changed = setup(file, "--max-bytes", "10 kB")
    again = setup(file, "--check", "--max-bytes", "10 kB")
    after, consumer = trio.run(infos, nats_server, stream)

    assert 1 == checked.exit_code
    assert f"stream {stream}: discard: is old, should be new" in checked.output
    assert "consumer writers: max_deliver: is 3, should be unlimited" in checked.output
    assert f"stream {stream}: max_bytes: is 4.9 KiB, becomes 9.8 KiB" in changed.output
    assert [0, 0] == [changed.exit_code, again.exit_code], again.output
    assert isinstance(after, StreamConfig)
    assert isinstance(consumer, ConsumerConfig)
    assert (10_000, Discard.NEW, -1) == (after.max_bytes, after.discard, consumer.max_deliver)

    fixed = next(names)
    trio.run(make, Retention.LIMITS, fixed)
    refused = setup(config_at(tmp_path, nats_server, fixed))

    assert 1 == refused.exit_code
    assert "retention: is limits, should be workqueue, and cannot be changed" in refused.output


@pytest.mark.servers
def test_the_command_says_what_is_in_the_way(nats_server: NatsServer, tmp_path: Path) -> None:
    """No server, no such copies, no such sink, no such size."""
    stream = next(names)
    away = setup(config_at(tmp_path, evolve(nats_server, scheme="tls"), stream))
    file = config_at(tmp_path, nats_server, stream)
    alone = setup(file, "--replicas", "3", "--max-bytes", "1 MiB")
    nobody = setup(file, "--sink", "south")
    size = setup(file, "--max-bytes", "much")

    assert (1, True) == (away.exit_code, "the server has no TLS" in away.stderr)
    assert "replicas > 1 not supported" in alone.stderr
    assert (1, True) == (nobody.exit_code, "south is no sink" in nobody.stderr)
    assert (2, True) == (size.exit_code, "not a size" in size.stderr)
