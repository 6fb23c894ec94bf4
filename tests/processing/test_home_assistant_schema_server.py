"""A real InfluxDB takes every line of the schema `home-assistant`."""

import httpx
import pytest

from tests.support.integration_cases import Luck, change_of, encoder_for
from tests.support.servers import InfluxDB1
from trio_ingest.config.model import InfluxApi, Precision

pytestmark = pytest.mark.servers

CONFIGURATIONS = 60
CHANGES_EACH = 25
TYPE_CONFLICT = "field type conflict"


@pytest.mark.parametrize("api", [InfluxApi.V1, InfluxApi.V2])
def test_influxdb_takes_all(api: InfluxApi, influxdb: InfluxDB1) -> None:
    """InfluxDB 1.6.7 refuses none, but where another line has given a field another type."""
    luck = Luck(12)
    database = influxdb.create_database(f"integration_{api}")
    conflicts = []
    written = 0
    with httpx.Client() as client:
        for _ in range(CONFIGURATIONS):
            encoder = encoder_for(luck.config(), api, Precision.NS)
            for _ in range(CHANGES_EACH):
                line = encoder.encode("home", change_of(luck.change()))
                if line is None:
                    continue
                answer = write(client, influxdb, database, line)
                written += 1
                if TYPE_CONFLICT in answer.text:
                    conflicts.append(line)
                else:
                    assert (answer.status_code, answer.text) == (204, ""), line

        for number, line in enumerate(conflicts):
            alone = influxdb.create_database(f"integration_{api}_{number}")
            assert write(client, influxdb, alone, line).status_code == 204
    assert written > CONFIGURATIONS * CHANGES_EACH / 2


def write(client: httpx.Client, server: InfluxDB1, database: str, line: str) -> httpx.Response:
    return client.post(f"{server.url}/write", params={"db": database}, content=line.encode())
