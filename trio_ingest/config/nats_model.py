"""What is known of NATS servers with JetStream: how to reach them, and who we are to them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from attrs import frozen

from trio_ingest.config.common import CaFile, Secret, Timeout
from trio_ingest.config.keys import SecretKeys, WhenUnset
from trio_ingest.config.kinds.addresses import Urls
from trio_ingest.config.kinds.plain import FilePath, Matching
from trio_ingest.config.line_protocol_model import InfluxApi, LineProtocolConfig
from trio_ingest.config.sink_model import SinkConfig

DEFAULT_PORT = 4222
SUBJECT = r"^[^\s.*>\x00-\x1f]+(\.[^\s.*>\x00-\x1f]+)*$"
STREAM_NAME = r"^[^\s.*>/\\\x00-\x1f]+$"


# Without slots, because a class cannot have two bases with them.
@frozen(kw_only=True, slots=False)
class NatsConfig:
    """Where the servers of a cluster are, and the stream in it that carries batches.

    At most one of `token`, `password` (which has a `username`), `nkey_seed` and `credentials` is
    given. A client certificate may come on top, or stand alone.
    """

    servers: Annotated[
        tuple[str, ...],
        Urls(("nats", "tls")),
        'The servers of one cluster, such as ["nats://10.0.0.5:4222"]. "tls" insists on TLS; '
        '"nats" uses it where the server asks for it. The port is 4222 unless it is given.',
    ]
    stream: Annotated[
        str,
        Matching(STREAM_NAME, "HA_LP"),
        "The stream, as `trio-ingest nats setup` creates it.",
    ] = "HA_LP"
    token: Annotated[Secret | None, SecretKeys(("token",)), "The token that the servers know."] = (
        None
    )
    username: Annotated[str | None, "Who the password belongs to."] = None
    password: Annotated[Secret | None, SecretKeys(("password",)), "The password of that user."] = (
        None
    )
    nkey_seed: Annotated[
        Secret | None,
        SecretKeys(("nkey_seed",)),
        'The seed of a user\'s nkey: it begins with "SU".',
    ] = None
    credentials: Annotated[
        Secret | None,
        SecretKeys(("credentials",)),
        "The text of a .creds file: a user's JWT and the seed that goes with it.",
    ] = None
    verify_tls: Annotated[bool, "Whether a server's certificate has to be valid."] = True
    ca_file: Annotated[CaFile, "The certificate authority to trust instead of the system's."] = None
    cert_file: Annotated[
        Path | None,
        FilePath(must_exist=True),
        WhenUnset("none is shown"),
        "A certificate to show to the servers, in PEM.",
    ] = None
    key_file: Annotated[
        Path | None,
        FilePath(must_exist=True),
        WhenUnset("it is in `cert_file`"),
        "The key of that certificate.",
    ] = None
    timeout: Annotated[Timeout, "For connecting, and for each answer of the stream."] = 5.0

    @property
    def secrets(self) -> Sequence[Secret]:
        """Return what it shows to the servers."""
        given = (self.token, self.password, self.nkey_seed, self.credentials)
        return [secret for secret in given if secret]


@frozen(kw_only=True)
class NatsSinkConfig(NatsConfig, LineProtocolConfig, SinkConfig):
    """`kind = "nats"`: a stream, from which `trio-ingest relay` or anybody else writes on."""

    subject: Annotated[
        str,
        Matching(SUBJECT, "ha.lp.north"),
        WhenUnset("`ha.lp.NAME`, with the name of the sink"),
        "What batches are published to; a stream for several sites tells them apart by it.",
    ]
    api: Annotated[
        InfluxApi,
        "The write API of the database that the lines end in. It matters to schema home-assistant, "
        "which writes some values otherwise for v1.",
    ] = InfluxApi.V2

    @property
    def is_stream(self) -> bool:
        """Say that it is one."""
        return True
