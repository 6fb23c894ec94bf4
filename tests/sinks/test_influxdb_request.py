"""What is asked of each API: address, precision, credential."""

from pathlib import Path

import pytest
from attrs import evolve

from tests.sinks.influx_targets import V1, V2, V3
from trio_ingest import __version__
from trio_ingest.config.common import Secret
from trio_ingest.config.influx_model import InfluxAuth, InfluxSinkConfig
from trio_ingest.model.batch import Encoding
from trio_ingest.sinks.influx_request import (
    address,
    headers,
    read_authorization,
    secrets_of,
    write_url,
)

V1_RP = evolve(V1, retention_policy="one year")
V2_PREFIX = evolve(V2, bucket="a&b")
V3_PARAMS = evolve(V3, params={"no_sync": "true"})
US = Encoding.LINE_PROTOCOL_US
NS = Encoding.LINE_PROTOCOL_NS


@pytest.mark.parametrize(
    ("config", "base", "encoding", "expected"),
    [
        (V1, "http://h:8086", NS, "http://h:8086/write?db=home&precision=ns"),
        (V1, "http://h:8086", US, "http://h:8086/write?db=home&precision=u"),
        (V1_RP, "http://h", US, "http://h/write?db=home&rp=one+year&precision=u"),
        (V2, "https://h/", US, "https://h/api/v2/write?org=my+org&bucket=home&precision=us"),
        (
            V2_PREFIX,
            "https://h/influx/",
            Encoding.LINE_PROTOCOL_MS,
            "https://h/influx/api/v2/write?org=my+org&bucket=a%26b&precision=ms",
        ),
        (
            V3,
            "http://[::1]:8181",
            US,
            "http://[::1]:8181/api/v3/write_lp?db=home&precision=microsecond",
        ),
        (V3, "http://h", NS, "http://h/api/v3/write_lp?db=home&precision=nanosecond"),
        (
            V3_PARAMS,
            "http://h",
            Encoding.LINE_PROTOCOL_S,
            "http://h/api/v3/write_lp?db=home&precision=second&no_sync=true",
        ),
    ],
)
def test_where_lines_are_posted(
    config: InfluxSinkConfig, base: str, encoding: Encoding, expected: str
) -> None:
    """Each API has its path, its names for the target, and its names for the precision."""
    assert write_url(evolve(config, url=base), encoding) == expected


def test_the_address_for_people_has_no_credentials() -> None:
    """What goes into logs is scheme, host and port."""
    config = evolve(V1, url="https://me:secret@db.example:8086/prefix?p=secret")

    assert address(config) == "https://db.example:8086"


def test_headers() -> None:
    """The server is told who asks, and how the body is packed."""
    assert headers(authorization="Token t", gzip=True) == {
        "User-Agent": f"trio-ingest/{__version__}",
        "Content-Type": "text/plain; charset=utf-8",
        "Authorization": "Token t",
        "Content-Encoding": "gzip",
    }
    assert {"Authorization", "Content-Encoding"}.isdisjoint(headers(authorization=None, gzip=False))


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        (InfluxAuth.NONE, None),
        (InfluxAuth.TOKEN, "Token pass:word"),
        (InfluxAuth.BEARER, "Bearer pass:word"),
        (InfluxAuth.BASIC, "Basic bWU6cGFzczp3b3Jk"),
    ],
)
def test_how_the_credential_is_shown(auth: InfluxAuth, expected: str | None) -> None:
    """Each scheme has its form."""
    config = evolve(V1, auth=auth, username="me", secret=Secret(value="pass:word"))

    assert read_authorization(config) == expected


def test_a_password_may_be_any_text() -> None:
    """Basic authentication carries UTF-8."""
    config = evolve(V1, username="me", secret=Secret(value="pässwörd"))

    assert read_authorization(config) == "Basic bWU6cMOkc3N3w7ZyZA=="


@pytest.mark.parametrize("content", [b"", b" \n", b"two\nlines", "tökén".encode(), b"\xff\xfe"])
def test_what_cannot_be_a_token_is_said_without_repeating_it(
    tmp_path: Path, content: bytes
) -> None:
    """The message names the file, not what is in it."""
    file = tmp_path / "influx.token"
    file.write_bytes(content)

    with pytest.raises(ValueError, match=r"influx\.token") as problem:
        read_authorization(evolve(V2, secret=Secret(file=file)))

    assert content.strip() == b"" or repr(content)[2:-1] not in str(problem.value)
    assert problem.value.__cause__ is None
    assert problem.value.__suppress_context__ or problem.value.__context__ is None


def test_secrets_are_known_in_all_their_forms() -> None:
    """A server may repeat the header, the password, or a parameter."""
    config = evolve(V1, params={"p": "in-the-query", "consistency": "all"})

    known = secrets_of(config, read_authorization(config))

    assert set(known) == {
        "in-the-query",
        "the writer's password",
        "d3JpdGVyOnRoZSB3cml0ZXIncyBwYXNzd29yZA==",
    }
