"""Relays between a real nats-server and InfluxDB 1.6.7: nothing is missing, whatever ends."""

import signal
from pathlib import Path

import httpx
import pytest
import trio
from attrs import evolve
from prometheus_client.parser import text_string_to_metric_families

from tests.relay.real import (
    batch_of_lines,
    numbered_batches,
    open_stream,
    running_relay,
    times_in,
)
from tests.support.daemon import DaemonProcess, until
from tests.support.servers import free_port, running_influxdb
from trio_ingest.spool.amendment import open_amendment
from trio_ingest.spool.quarantine import EVERYTHING, read_quarantine

pytestmark = pytest.mark.servers


async def samples_of(relay: DaemonProcess) -> dict[str, float]:
    """Scrape a relay; what has more labels than its sink is named by them as well."""
    async with httpx.AsyncClient(base_url=relay.admin_address()) as client:
        text = (await client.get("/metrics")).text
        ready = await client.get("/readyz")
    assert 200 == ready.status_code, ready.text
    return {
        ".".join([sample.name, *(v for k, v in sorted(sample.labels.items()) if k != "sink")]): (
            sample.value
        )
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_every_point_arrives(nats_server, influxdb, tmp_path):
    """Of a thousand batches no point is missing, and the stream is empty; the relay says so."""
    database = influxdb.create_database("relay_all")
    async with open_stream(nats_server) as stream:
        async with running_relay(tmp_path, stream, influxdb, database) as relay:
            await stream.publish(numbered_batches(1000))
            await stream.wait_empty()
            samples = await samples_of(relay)
            code = await relay.stop()
        redelivered = (await stream.consumer()).num_redelivered

    assert set(range(1, 10_001)) == times_in(influxdb, database)
    assert 0 == code
    assert 0 == redelivered
    assert 1000 == samples["trio_ingest_relay_fetched_messages_total"]
    assert 1000 == samples["trio_ingest_relay_messages_total.acknowledged"]
    assert 0 == samples["trio_ingest_relay_held_messages"]
    assert 10_000 == samples["trio_ingest_points_total.written."]
    assert 0 == samples["trio_ingest_unaccounted_points"]
    assert "account of influx: received=10000 carried_over=0 written=10000" in relay.log()
    assert "what the sinks have not taken yet is in the stream" in relay.log()


async def test_a_long_outage_and_a_killed_relay(nats_server, tmp_path):
    """While the database is away nothing is delivered twice; a relay that dies costs a redelivery."""
    with running_influxdb(tmp_path) as influxdb:
        database = influxdb.create_database("home")
        async with (
            open_stream(nats_server, ack_wait_seconds=1.0) as stream,
            running_relay(tmp_path / "one", stream, influxdb, database) as one,
        ):
            influxdb.kill()
            await stream.publish(numbered_batches(90))
            await stream.wait_in_hand(90)
            async with running_relay(tmp_path / "two", stream, influxdb, database) as two:
                await trio.sleep(2.5 * stream.ack_wait_seconds)  # it would take what is given up
                in_the_outage = (await stream.consumer()).num_redelivered
                one.send(signal.SIGKILL)
                await one.wait()
                await trio.to_thread.run_sync(influxdb.start)
                await stream.wait_empty()
                samples = await samples_of(two)
                assert await two.stop() == 0

        assert 0 == in_the_outage
        assert set(range(1, 901)) == times_in(influxdb, database)
        assert 90 == samples["trio_ingest_relay_redelivered_messages_total"]


async def test_leaving_gives_back_at_once(nats_server, influxdb, tmp_path):
    """What a relay has in hand when it is stopped, others have before `ack_wait` is over."""
    nobody = evolve(influxdb, url=f"http://127.0.0.1:{free_port()}")
    async with open_stream(nats_server, ack_wait_seconds=600.0) as stream:
        async with running_relay(tmp_path, stream, nobody, "home") as relay:
            await stream.publish(numbered_batches(100))
            await stream.wait_in_hand(100)
            assert await relay.stop() == 0

        again = await stream.jetstream.fetch("writers", 200, 5)

    assert 100 == len(again)
    assert {2} == {each.delivered for each in again}


async def test_what_is_refused_and_what_is_foreign(nats_server, influxdb, tmp_path):
    """Both go to the quarantine, the rest arrives, and lines can be sent again while it runs."""
    database = influxdb.create_database("relay_refused")
    spool = tmp_path / "state" / "spool" / "influx.db"
    async with (
        open_stream(nats_server) as stream,
        running_relay(tmp_path, stream, influxdb, database) as relay,
    ):
        await stream.publish([batch_of_lines(b"kind value=1 1")])
        await stream.wait_empty()
        lines = [b"m value=1 2", b'kind value="text" 3', b"m value=1 4"]
        await stream.publish([batch_of_lines(*lines)])
        await stream.jetstream.publish(f"{stream.name}.south", b"\x00hello")
        await stream.jetstream.publish(f"{stream.name}.south", b"m value=1 5\n")
        await stream.wait_empty()
        refused = read_quarantine(spool)
        influxdb.query("DROP MEASUREMENT kind", database)
        with open_amendment(spool) as amendment:
            retried = amendment.retry(EVERYTHING)
        await until(lambda: times_in(influxdb, database, "kind") == {3})
        assert await relay.stop() == 0

    assert {2, 4, 5} == times_in(influxdb, database)
    by_line = {each.line: each for each in refused}
    assert {b'kind value="text" 3', b"\x00hello"} == by_line.keys()
    assert "field type conflict" in by_line[b'kind value="text" 3'].reason
    assert "no batch:" in by_line[b"\x00hello"].reason
    assert 1 == retried.lines
    assert [by_line[b"\x00hello"].number] == [*retried.left]
    assert [b"\x00hello"] == [each.line for each in read_quarantine(spool)]
    assert "carried_over=1 written=5" in relay.log()


async def test_a_stream_that_goes_away_or_never_was(nats_server, influxdb, tmp_path):
    """A server that is killed, a stream that is not there, a file that is wrong: all pass by."""
    database = influxdb.create_database("relay_killed")
    file = Path(tmp_path) / "trio-ingest.toml"
    async with (
        open_stream(nats_server, ack_wait_seconds=2.0) as stream,
        running_relay(tmp_path, stream, influxdb, database) as relay,
    ):
        await stream.publish(numbered_batches(100))
        await trio.to_thread.run_sync(nats_server.restart)
        await until(lambda: set(range(1, 1001)) == times_in(influxdb, database))
        await stream.wait_empty()
        good = file.read_text()
        file.write_text(good.replace(f'stream = "{stream.name}"', 'stream = "GONE"'))
        relay.send(signal.SIGHUP)
        await relay.wait_log("someone has to look: the stream GONE")
        file.write_text(good.replace("[relay]", "[home_assistant.home]"))
        relay.send(signal.SIGHUP)
        await relay.wait_log("not reloaded, the old configuration goes on")
        file.write_text(good)
        relay.send(signal.SIGHUP)
        await stream.publish(numbered_batches(105)[100:])
        await stream.wait_empty()
        assert await relay.stop() == 0

    assert set(range(1, 1051)) == times_in(influxdb, database)
