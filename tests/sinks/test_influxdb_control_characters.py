"""Control characters in lines, through a real sink into a real InfluxDB 1.6.7."""

import pytest
import trio

from tests.delivery.scripted import batch_of
from tests.support.servers import InfluxDB1
from tests.support.sink_configs import influx_config
from trio_ingest.delivery.writer import Writer
from trio_ingest.sinks.influxdb import open_influxdb_sink
from trio_ingest.spool.memory import MemorySpool

pytestmark = pytest.mark.servers

TIME = 1_790_000_000_000_000
SPOIL_HEADERS = "\0\v\f"


@pytest.mark.parametrize("character", [chr(code) for code in (*range(10), *range(11, 32), 127)])
async def test_a_refused_line_does_not_block_the_others(
    influxdb: InfluxDB1, character: str
) -> None:
    """A server that repeats it where nobody can read it costs that line, and no other."""
    database = influxdb.create_database(f"control_{ord(character)}")
    good = [f'm{number % 2} a="{character}",b=1 {TIME + number}' for number in range(6)]
    known = f"m0 c{character}=1 {TIME + 6}"
    conflict = f'm0 c{character}="text" {TIME + 7}'
    bad = f'm0 a="{character}" bad'
    lines = [known, *good[:2], conflict, *good[2:4], bad, *good[4:]]
    spool = MemorySpool()
    await spool.append(batch_of(known.encode()))
    await spool.append(batch_of(*(line.encode() for line in lines)))
    spool.seal()

    async with open_influxdb_sink(influx_config(url=influxdb.url, database=database)) as sink:
        writer = Writer(name="influx")
        with trio.fail_after(60):
            await writer.run(spool, sink)

    assert [conflict, bad] == [refused.line.decode() for refused in spool.quarantine]
    assert all(refused.reason for refused in spool.quarantine)
    assert spool.statistics().batches == 0
    stored = influxdb.query('SELECT a FROM "m0", "m1"', database)
    assert [TIME * 1000 + number * 1000 for number in range(6)] == sorted(
        row["time"] for row in stored
    )
    if character in SPOIL_HEADERS:
        assert all("X-Influxdb-Error" in refused.reason for refused in spool.quarantine)
