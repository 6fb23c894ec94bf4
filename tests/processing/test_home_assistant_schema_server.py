"""A real InfluxDB takes every point of the schema `home-assistant`."""

import pytest

from tests.delivery.scripted import batch_of
from tests.support.integration_cases import Luck, change_of, encoder_for
from tests.support.servers import InfluxDB1
from tests.support.sink_configs import influx_config
from trio_ingest.config.line_protocol_model import InfluxApi, Precision
from trio_ingest.delivery.writer import Writer
from trio_ingest.model.batch import Batch
from trio_ingest.model.outcome import Accepted, Refused
from trio_ingest.sinks.influxdb import open_influxdb_sink
from trio_ingest.spool.memory import MemorySpool

pytestmark = pytest.mark.servers

CONFIGURATIONS = 60
CHANGES_EACH = 25
TYPE_CONFLICT = "field type conflict"


@pytest.mark.parametrize("api", [InfluxApi.V1, InfluxApi.V2])
async def test_influxdb_takes_all(api: InfluxApi, influxdb: InfluxDB1) -> None:
    """InfluxDB 1.6.7 refuses nothing but fields to which another line has given another type."""
    luck = Luck(12)
    database = influxdb.create_database(f"integration_{api}")
    writer = Writer(name="influx")
    written = 0
    refused = []
    async with open_influxdb_sink(influx_config(url=influxdb.url, database=database)) as sink:
        for _ in range(CONFIGURATIONS):
            encoder = encoder_for(luck.config(), api, Precision.NS)
            lines = []
            for _ in range(CHANGES_EACH):
                line = encoder.encode("home", change_of(luck.change()))
                if line is not None:
                    lines.append(line.encode())
            spool = MemorySpool()
            batch = Batch.of_lines(lines, encoding=encoder.encoding, first=0, last=0)
            await spool.append(batch)
            spool.seal()
            await writer.run(spool, sink)
            refused += spool.quarantine
            written += len(lines)

    counts = writer.statistics()
    assert (written, 0) == (counts.written_points, counts.quarantined_points)
    assert written > CONFIGURATIONS * CHANGES_EACH / 2
    assert len(refused) == counts.stripped_fields > 0
    assert all(TYPE_CONFLICT in each.reason for each in refused)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (r"m a\\=1 1", None),
        (r"m,t=a\\ b=1 1", r"m,t=a\\  b=1 1"),
        (r"m,t=a\\,u=c b=1 1", r"m,t=a\\ ,u=c b=1 1"),
        (r"m,t\\=a b=1 1", "m b=1 1"),
        ("m =1 1", None),
    ],
)
async def test_what_the_integration_writes_in_vain(
    influxdb: InfluxDB1, theirs: str, ours: str | None
) -> None:
    """The lines of its client for version 1 that docs/schemas.md says are refused are, ours not."""
    database = influxdb.create_database("in_vain")

    async with open_influxdb_sink(influx_config(url=influxdb.url, database=database)) as sink:
        refused = await sink.write(batch_of(theirs.encode()))
        taken = Accepted() if ours is None else await sink.write(batch_of(ours.encode()))

    assert isinstance(refused, Refused)
    assert taken == Accepted()


async def test_a_name_that_swallows_the_next(influxdb: InfluxDB1) -> None:
    r"""Of `a\` and `b` the integration's line for version 1 makes one field, as that page says."""
    database = influxdb.create_database("swallows")

    async with open_influxdb_sink(influx_config(url=influxdb.url, database=database)) as sink:
        outcome = await sink.write(batch_of(rb"m a\\=1,b=2 1"))

    assert outcome == Accepted()
    fields = influxdb.query("SHOW FIELD KEYS", database)
    assert [r"a\=1,b"] == [field["fieldKey"] for field in fields]
