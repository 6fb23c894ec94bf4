"""A sink that is an InfluxDB, or speaks one of its write APIs."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated

from attrs import field, frozen

from trio_ingest.config.common import (
    CaFile,
    Secret,
    Timeout,
)
from trio_ingest.config.keys import SecretKeys, WhenUnset
from trio_ingest.config.kinds.addresses import Url
from trio_ingest.config.kinds.many import Labels
from trio_ingest.config.line_protocol_model import (
    InfluxApi,
    LineProtocolConfig,
)
from trio_ingest.config.sink_model import (
    SinkConfig,
)


class InfluxAuth(StrEnum):
    """How the credential is shown to the server."""

    NONE = "none"
    TOKEN = "token"  # noqa: S105 - the name of a scheme, not a token
    BEARER = "bearer"
    BASIC = "basic"


@frozen(kw_only=True)
class InfluxSinkConfig(LineProtocolConfig, SinkConfig):
    """`kind = "influxdb"`: InfluxDB 1, 2 or 3, or whatever speaks one of their write APIs.

    `database` serves v1 and v3, `bucket` and `org` v2. `auth` is worked out by the loader when the
    file does not say it, so it is never "unset" here: `secret` is the token or the password.
    """

    url: Annotated[
        str,
        Url(("http", "https")),
        'Where the server answers, such as "http://127.0.0.1:8086"; a path is kept.',
    ]
    api: Annotated[InfluxApi, 'The write API that the server speaks: "v1", "v2" or "v3".']
    auth: Annotated[
        InfluxAuth,
        WhenUnset('"basic" with a username, else "bearer" (v3) or "token"; v1 also "none"'),
        "How the token or password is shown to the server.",
    ]
    secret: Annotated[
        Secret | None, SecretKeys(("token", "password")), "What proves to the server who we are."
    ] = None
    username: Annotated[str | None, "Who the password belongs to."] = None
    org: Annotated[str | None, "The organization (v2)."] = None
    bucket: Annotated[str | None, "The bucket to write to (v2)."] = None
    database: Annotated[str | None, "The database to write to (v1, v3)."] = None
    retention_policy: Annotated[str | None, "The retention policy, if not the default (v1)."] = None
    # They are not shown because some servers take credentials in them.
    params: Annotated[
        Mapping[str, str],
        Labels(("db", "rp", "org", "bucket", "precision")),
        "More parameters for each write request.",
    ] = field(factory=dict, repr=False)
    verify_tls: Annotated[bool, "Whether the server's certificate has to be valid."] = True
    ca_file: Annotated[CaFile, "The certificate authority to trust instead of the system's."] = None
    gzip: Annotated[bool, "Whether to send batches compressed."] = True
    timeout: Annotated[Timeout, "For one write request."] = 30.0

    @property
    def secrets(self) -> Sequence[Secret]:
        """Return the token or the password, if there is one."""
        return [self.secret] if self.secret else []
