"""The batching WriteApi of influxdb-client, as its documentation shows it."""

from collections.abc import Generator
from contextlib import contextmanager

from influxdb_client import InfluxDBClient, WriteApi, WriteOptions


@contextmanager
def open_writer(sink: str) -> Generator[WriteApi]:
    url = f"http://127.0.0.1:{sink}"
    options = WriteOptions(batch_size=5000, flush_interval=1000)
    with (
        InfluxDBClient(url=url, token="t", org="o", enable_gzip=True) as client,
        client.write_api(write_options=options) as writer,
    ):
        yield writer
