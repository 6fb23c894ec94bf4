"""Files of a relay that cannot be used, and the very words that say why."""

from tests.config.bad_files import HOME, INFLUX1, BadFile

RELAY = """
[relay]
servers = ["nats://10.0.0.5"]
"""
GOOD = f"{RELAY}{INFLUX1}"

OF_BATCHES = "Leave it out here, and give it to the nats sinks that publish the batches."
NO_HOME = (
    "a relay records no home. This is for `trio-ingest run`, and with [relay] the file is for "
    "`trio-ingest relay`. Use two files."
)

BAD_RELAY_FILES = {
    "relay with a home": BadFile(f"{HOME}{GOOD}", f"home_assistant: {NO_HOME}"),
    "relay that publishes": BadFile(
        f'{GOOD}[publish.data_api]\nurl = "http://h"', f"publish: {NO_HOME}"
    ),
    "relay without a sink": BadFile(
        RELAY, "sink: a relay has one sink, but none is given. Write one [sink.NAME]."
    ),
    "relay with two sinks": BadFile(
        f"{GOOD}{INFLUX1.replace('sink.influx', 'sink.other')}",
        "sink: a relay has one sink, but there are 2. Write one [sink.NAME].",
    ),
    "relay into an embedded database": BadFile(
        f'{RELAY}[sink.home]\nkind = "sqlite"',
        "sink.home.kind: a relay cannot write into that. "
        'Write kind = "influxdb": batches in a stream are line protocol.',
    ),
    "relay with tags": BadFile(
        f'{GOOD}tags = {{ site = "north" }}',
        f"sink.influx.tags: is decided where batches are made. {OF_BATCHES}",
    ),
    "relay with a schema": BadFile(
        f'{GOOD}schema = "tidy"',
        f"sink.influx.schema: is decided where batches are made. {OF_BATCHES}",
    ),
    "relay with a filter": BadFile(
        f'{GOOD}include.domains = ["light"]',
        f"sink.influx.include: is decided where batches are made. {OF_BATCHES}",
    ),
    "relay with a spool": BadFile(
        f'{GOOD}spool.max_size = "1 GiB"',
        "sink.influx.spool: a relay has no use for it. "
        "Leave it out: what waits for the database waits in the stream.",
    ),
    "relay that lingers": BadFile(
        f'{GOOD}batch.linger = "1s"',
        "sink.influx.batch.linger: a relay does not wait to join batches. "
        "Leave it out. max_points and max_bytes say how large a joined request may be.",
    ),
    "unknown key of a relay": BadFile(
        f"{RELAY}prefech = 5\n{INFLUX1}",
        'relay.prefech: unknown key. Did you mean "prefetch"?',
    ),
    "unknown table beside a relay": BadFile(
        f"{GOOD}[sinks]", 'sinks: unknown key. Did you mean "sink"?'
    ),
    "relay without servers": BadFile(
        f"[relay]\n{INFLUX1}",
        "relay.servers: is missing. The servers of one cluster, such as "
        '["nats://10.0.0.5:4222"]. "tls" insists on TLS; "nats" uses it where the server asks for '
        "it. The port is 4222 unless it is given.",
    ),
    "relay with two credentials": BadFile(
        f'{RELAY}token = "abc"\nusername = "anna"\npassword = "abc"\n{INFLUX1}',
        "relay.password: does not go with a token. Keep one of the two.",
        schema_rejects=False,
    ),
    "relay that is given up too early": BadFile(
        f'{RELAY}ack_wait = "30s"\n{INFLUX1}',
        "relay.ack_wait: 30s are not longer than the timeout of sink.influx, 30s. "
        "Raise it, or lower that: else batches are delivered twice when it is slow.",
        schema_rejects=False,
    ),
}
