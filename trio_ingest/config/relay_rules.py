"""What the file of a relay has, and what it leaves to those who make the batches."""

from collections.abc import Mapping, Sequence
from typing import Any

from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.config.keys import keys_of
from trio_ingest.config.kinds.units import format_duration
from trio_ingest.config.line_protocol_model import LineProtocolConfig
from trio_ingest.config.problems import Report, path_of
from trio_ingest.config.relay_model import RelayConfig
from trio_ingest.config.sink_model import SinkConfig

OF_RECORDING = ("home_assistant", "publish")
"""Tables that a relay has no use for."""

OF_BATCHES = (
    *(key for key in keys_of(SinkConfig) if key not in ("batch", "spool")),
    *keys_of(LineProtocolConfig),
)
"""Keys of a sink that say how batches are made: those that arrive are made already."""

WRONG_COMMAND = (
    "This is for `trio-ingest run`, and with [relay] the file is for `trio-ingest relay`."
)


def check_relay_file(root: Mapping[str, Any], report: Report) -> None:
    """Report what has no meaning in a file with `[relay]`, before any of it is read."""
    for table in OF_RECORDING:
        if table in root:
            report.problem(table, "a relay records no home", f"{WRONG_COMMAND} Use two files.")
    sinks = root.get("sink", {})
    if not isinstance(sinks, dict):
        return  # reading it will say what is wrong
    if len(sinks) != 1:
        what = f"there are {len(sinks)}" if sinks else "none is given"
        report.problem("sink", f"a relay has one sink, but {what}", "Write one [sink.NAME].")
    for name, sink in sinks.items():
        if isinstance(sink, dict):
            check_relay_sink(sink, path_of("sink", name), report)


def check_relay_sink(sink: Mapping[str, Any], at: str, report: Report) -> None:
    """Report what only those can decide who make the batches."""
    if sink.get("kind", "influxdb") != "influxdb":
        remedy = 'Write kind = "influxdb": batches in a stream are line protocol.'
        report.problem(f"{at}.kind", "a relay cannot write into that", remedy)
    for key in OF_BATCHES:
        if key in sink:
            remedy = "Leave it out here, and give it to the nats sinks that publish the batches."
            report.problem(f"{at}.{key}", "is decided where batches are made", remedy)
    if "spool" in sink:
        remedy = "Leave it out: what waits for the database waits in the stream."
        report.problem(f"{at}.spool", "a relay has no use for it", remedy)
    batch = sink.get("batch")
    if isinstance(batch, dict) and "linger" in batch:
        remedy = "Leave it out. max_points and max_bytes say how large a joined request may be."
        report.problem(f"{at}.batch.linger", "a relay does not wait to join batches", remedy)


def check_times(relay: RelayConfig, sinks: Sequence[SinkConfig], report: Report) -> None:
    """Report an `ack_wait` within which a write may still be under way."""
    for sink in sinks:
        if isinstance(sink, InfluxSinkConfig) and relay.ack_wait <= sink.timeout:
            what = (
                f"{format_duration(relay.ack_wait)} are not longer than the timeout of sink."
                f"{sink.name}, {format_duration(sink.timeout)}"
            )
            remedy = "Raise it, or lower that: else batches are delivered twice when it is slow."
            report.problem("relay.ack_wait", what, remedy)
