"""The InfluxDB sink that a lane opens: it becomes one with the first batch.

To import what writes to an InfluxDB, httpx first of all, takes 50 ms, a tenth of the whole start.
Nothing that the daemon says when it is ready depends on it, and the first batch comes later.
"""

import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

import trio
from attrs import define, field

from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.http_client import read_authority
from trio_ingest.model.batch import Batch
from trio_ingest.model.outcome import Outcome
from trio_ingest.sinks.sink import Sink


@asynccontextmanager
async def open_late_influxdb_sink(config: InfluxSinkConfig) -> AsyncGenerator["LateInfluxSink"]:
    """Open the sink of *config*; the server is not asked yet and may be away.

    Raises OSError when `ca_file` cannot be read or holds no certificate.
    """
    authority = read_authority(verify_tls=config.verify_tls, ca_file=config.ca_file)
    async with AsyncExitStack() as stack:
        yield LateInfluxSink(config, authority, stack)


@define(eq=False, repr=False)
class LateInfluxSink:
    """Opens what it passes batches on to. What is wrong with its configuration is known by then."""

    _config: InfluxSinkConfig = field(repr=False)
    _authority: ssl.SSLContext | None
    _stack: AsyncExitStack = field(repr=False)
    _sink: Sink | None = field(default=None, init=False)

    async def write(self, batch: Batch) -> Outcome:
        """Send *batch* and return what the database said."""
        if self._sink is None:
            self._sink = await self._open()
        return await self._sink.write(batch)

    async def _open(self) -> Sink:
        # In a thread, so that what comes from the homes is not kept waiting.
        open_sink = await trio.to_thread.run_sync(import_sink)
        return await self._stack.enter_async_context(open_sink(self._config, self._authority))


def import_sink() -> Callable[..., AbstractAsyncContextManager[Sink]]:
    """Import what it takes to write to an InfluxDB; it may be a while."""
    from trio_ingest.sinks.influxdb import open_influxdb_sink  # noqa: PLC0415

    return open_influxdb_sink
