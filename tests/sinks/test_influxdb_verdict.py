"""The table of delivery verdicts, row by row, in the servers' own words."""

import json
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trio_ingest.model.outcome import Accepted, Outcome, Refused, TryLater
from trio_ingest.sinks.influx_verdict import verdict
from trio_ingest.sinks.influx_words import LONGEST_WORDS, Wording

LINES = (b"m v=1 1", b"bad one", b"m v=3u 3", b"bad one")


def judge(
    status: int,
    body: object = b"",
    headers: Mapping[str, str] | None = None,
    lines: Sequence[bytes] = LINES,
) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return verdict(status, headers or {}, raw, lambda: lines)


def test_204_is_accepted() -> None:
    """Exactly this one says that the lines are stored."""
    assert judge(204) == Accepted()


@pytest.mark.parametrize("status", [200, 201, 202, 206])
def test_another_success_is_none(status: int) -> None:
    """An InfluxDB 2 answers unknown paths with its web page and 200."""
    outcome = judge(status, b"<!doctype html><title>InfluxDB</title>")

    assert isinstance(outcome, TryLater)
    assert outcome.needs_operator
    assert f"HTTP {status} where 204 was expected" in outcome.reason
    assert "`api`" in outcome.reason


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_named_and_not_followed(status: int) -> None:
    """Someone has to correct the URL; its query, which may hold a password, is not repeated."""
    outcome = judge(status, headers={"location": "https://db/write?p=secret"})

    assert outcome == TryLater(
        reason=f"HTTP {status}: redirected to https://db/write; correct `url`", needs_operator=True
    )


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (408, b"", "HTTP 408: Request Timeout"),
        (429, {"code": "too many requests", "message": "quota"}, "HTTP 429: quota"),
        (500, {"error": "timeout"}, "HTTP 500: timeout"),
        (502, b"<html><h1>502 Bad Gateway</h1></html>", "HTTP 502: a web page"),
        (
            503,
            b"request throttled, exceeds timeout\n",
            "HTTP 503: request throttled, exceeds timeout",
        ),
        (504, b"", "HTTP 504: Gateway Timeout"),
        (599, b"", "HTTP 599: an unknown status"),
    ],
)
def test_weather(status: int, body: object, reason: str) -> None:
    """A server that is busy, starting or away behind its proxy will do sooner or later."""
    assert judge(status, body) == TryLater(reason=reason)


def test_a_missing_retention_policy_is_no_weather() -> None:
    """InfluxDB 1.6.7 says 500 to it, but no wait will create it."""
    outcome = judge(500, {"error": "retention policy not found: nope"})

    assert outcome == TryLater(
        reason="HTTP 500: retention policy not found: nope", needs_operator=True
    )


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, {"error": "authorization failed"}, "HTTP 401: authorization failed"),
        (401, b"", "HTTP 401: Unauthorized"),
        (403, {"code": "forbidden", "message": "insufficient permissions for write"}, None),
        (404, {"error": 'database not found: "nodb"'}, 'HTTP 404: database not found: "nodb"'),
        (404, {"code": "not found", "message": 'bucket "x" not found'}, None),
        (405, b"", "HTTP 405: Method Not Allowed"),
        (415, b"", "HTTP 415: Unsupported Media Type"),
        (418, b"", None),
    ],
)
def test_someone_has_to_look(status: int, body: object, reason: str | None) -> None:
    """Credentials, rights, names and unknown refusals keep the batch and call an operator."""
    outcome = judge(status, body)

    assert isinstance(outcome, TryLater)
    assert outcome.needs_operator
    assert reason is None or outcome.reason == reason


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize(
    "body",
    [
        b"Client sent an HTTP request to an HTTPS server.\n",
        b"<html><title>400 The plain HTTP request was sent to HTTPS port</title></html>",
        {"error": "database is required"},
        {"code": "invalid", "message": "invalid precision; valid precision units are ns, us, ms"},
        {"error": "db name did not start with a number or letter", "data": None},
    ],
)
def test_no_line_is_to_blame_for_a_wrong_target(status: int, body: object) -> None:
    """A 400 about the request itself would put every line into quarantine; it keeps them."""
    outcome = judge(status, body)

    assert isinstance(outcome, TryLater)
    assert outcome.needs_operator


def test_413_is_refused_without_names() -> None:
    """So that the writer halves it."""
    assert judge(413, {"error": "Request Entity Too Large"}) == Refused(
        reason="HTTP 413: Request Entity Too Large"
    )


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"retry-after": "17"}, 17),
        ({"retry-after": " 0 "}, 0),
        ({"retry-after": "86400"}, 600),
        ({"retry-after": "-5"}, 0),
        ({"retry-after": "soon"}, 0),
        ({"retry-after": "²"}, 0),
        ({"retry-after": "1e9"}, 0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT"}, 0),
        (
            {
                "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT",
                "date": "Wed, 21 Oct 2026 07:28:00 GMT",
            },
            30,
        ),
        (
            {
                "retry-after": "Wed, 21 Oct 2026 07:27:00 GMT",
                "date": "Wed, 21 Oct 2026 07:28:00 GMT",
            },
            0,
        ),
        (
            {
                "retry-after": "Wed, 21 Oct 2026 07:28:30 -0000",
                "date": "Wed, 21 Oct 2026 07:28:00 GMT",
            },
            0,
        ),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after(status: int, headers: Mapping[str, str], seconds: float) -> None:
    """Seconds or a date by the server's own clock; never before now, never after ten minutes."""
    outcome = judge(status, headers=headers)

    assert isinstance(outcome, TryLater)
    assert outcome.retry_after_seconds == seconds


V1_PARTIAL = (
    "partial write: unable to parse 'bad one': invalid field format\n"
    "unable to parse 'm v=3u 3': invalid number dropped=0"
)
V1_CONFLICT = (
    'partial write: field type conflict: input field "v" on measurement "m" is type string, '
    "already exists as type float dropped="
)
V3_CONFLICT = (
    "invalid column type for column 'v's', expected iox::column_type::field::float, "
    "got iox::column_type::field::string"
)
V2_CONFLICT = f"failure writing points to database: {V1_CONFLICT}"
BOTH = {1: "invalid field format", 2: "invalid number", 3: "invalid field format"}


@pytest.mark.parametrize(
    ("status", "body", "bad_lines"),
    [
        (400, {"error": V1_PARTIAL}, BOTH),
        (400, {"error": V1_PARTIAL.removeprefix("partial write: ")}, BOTH),
        (400, {"code": "invalid", "message": V1_PARTIAL.partition(" dropped")[0]}, BOTH),
        (400, {"error": f"{V1_CONFLICT}1"}, {}),
        (400, {"error": f"{V1_CONFLICT}4"}, dict.fromkeys(range(4), f"{V1_CONFLICT}4")),
        (422, {"code": "unprocessable entity", "message": f"{V2_CONFLICT}2"}, {}),
        (
            422,
            {"code": "unprocessable entity", "message": f"{V2_CONFLICT}4"},
            dict.fromkeys(range(4), f"{V2_CONFLICT}4"),
        ),
        (
            400,
            {
                "error": "partial write of line protocol occurred",
                "data": [
                    {"original_line": "bad", "line_number": 2, "error_message": "no fields"},
                    {"original_line": "m v", "line_number": 3, "error_message": "bad number"},
                ],
            },
            {1: "no fields", 2: "bad number"},
        ),
        (
            400,
            {
                "error": "parsing failed for write_lp endpoint",
                "data": {"original_line": "bad", "line_number": 2, "error_message": "no fields"},
            },
            {1: "no fields"},
        ),
        (
            400,
            {"code": "invalid", "line": 2, "message": "error parsing line 2 (1-based): no fields"},
            {1: "error parsing line 2 (1-based): no fields"},
        ),
        (400, {"error": "partial write", "data": [{"line_number": 9}, {"line_number": 0}, 7]}, {}),
        (400, {"error": "partial write", "data": "text"}, {}),
        (400, {"code": "invalid", "message": "unable to parse 'not ours': no"}, {}),
        (400, b"cannot unmarshal line", {}),
        (400, b"[1, 2]", {}),
        (400, b"", {}),
    ],
)
def test_bad_lines_are_taken_from_the_servers_words(
    status: int, body: object, bad_lines: Mapping[int, str]
) -> None:
    """Whatever form a server names lines in, exactly those are marked; a doubt marks none."""
    outcome = judge(status, body)

    assert isinstance(outcome, Refused)
    assert outcome.bad_lines == bad_lines
    assert outcome.reason.startswith(f"HTTP {status}: ")


@pytest.mark.parametrize(
    ("status", "body", "conflicts"),
    [
        (400, {"error": f"{V1_CONFLICT}1"}, {0: "v"}),
        (400, {"error": V1_CONFLICT.replace('"v"', '"a "q"  b,\n"') + "1"}, {0: 'a "q"  b,\n'}),
        (422, {"code": "unprocessable entity", "message": f"{V2_CONFLICT}1"}, {0: "v"}),
        (
            400,
            {
                "error": "partial write of line protocol occurred",
                "data": [{"line_number": 1, "error_message": V3_CONFLICT}],
            },
            {0: "v's"},
        ),
        (400, {"error": "partial write: points beyond retention policy dropped=1"}, {}),
        (400, {"error": "unable to parse 'm v=1 1': no"}, {}),
    ],
)
def test_the_field_is_named_that_conflicts(
    status: int, body: object, conflicts: Mapping[int, str]
) -> None:
    """Each version names it in its own way, without escapes, whatever it is called."""
    outcome = judge(status, body, lines=(b"m v=1 1",))

    assert isinstance(outcome, Refused)
    assert outcome.conflicts == conflicts


def test_an_open_quotation_mark_costs_its_own_line() -> None:
    """InfluxDB 1 then quotes all the lines that follow as well; they are sent again."""
    lines = (b"m v=1 1", b'm v="a 2', b"m v=3 3", b"m v=4 4")
    words = (
        "partial write: unable to parse 'm v=\"a 2\nm v=3 3\nm v=4 4': unbalanced quotes dropped=0"
    )

    outcome = judge(400, {"error": words}, lines=lines)

    assert isinstance(outcome, Refused)
    assert outcome.bad_lines == {1: "unbalanced quotes"}


def test_a_quote_that_was_cut_names_a_line_only_if_it_can_be_no_other() -> None:
    """Two lines that begin alike are left to halving."""
    lines = (b"a" * 50 + b" x", b"b" * 50 + b" x", b"b" * 50 + b" y")

    def words(quoted: str) -> object:
        return {"message": f"unable to parse '{quoted}...': no"}

    sure, unsure, short = (
        judge(400, words(quoted), lines=lines) for quoted in ("a" * 45, "b" * 45, "a" * 9)
    )

    assert isinstance(sure, Refused)
    assert sure.bad_lines == {0: "no"}
    assert isinstance(unsure, Refused)
    assert unsure.bad_lines == {}
    assert isinstance(short, Refused)
    assert short.bad_lines == {}


a_line = st.text(alphabet="ab': \\\"=,é\t", min_size=1).map(str.encode)


@settings(max_examples=150, deadline=None)
@given(lines=st.lists(a_line, min_size=1, max_size=8), data=st.data())
def test_quotes_are_matched_exactly(lines: list[bytes], data: st.DataObject) -> None:
    """With apostrophes, colons and blanks anywhere, exactly the bad lines are found."""
    bad = data.draw(st.sets(st.sampled_from(lines), min_size=1))
    quotes = (
        f"unable to parse '{line.decode().lstrip(chr(9) + ' ')}': invalid field format"
        for line in lines
        if line in bad
    )
    words = "partial write: " + "\n".join(quotes) + " dropped=0"

    outcome = judge(400, {"error": words}, lines=lines)

    assert isinstance(outcome, Refused)
    found = {lines[number].lstrip(b"\t ") for number in outcome.bad_lines}
    expected = {line.lstrip(b"\t ") for line in bad}
    assert found == expected


def test_reasons_fit_on_a_log_line() -> None:
    """However much a server has to say, and whatever it repeats."""
    wording = Wording(["hush", "h"])
    body = json.dumps({"error": "a\nb\t hush " + "x" * 5000}).encode()

    outcome = verdict(401, {}, body, list, wording)

    assert isinstance(outcome, TryLater)
    assert outcome.reason.startswith("HTTP 401: a b *** xx")
    assert outcome.reason.endswith("x…")
    assert len(outcome.reason) == LONGEST_WORDS + len("HTTP 401: ")


@settings(max_examples=300, deadline=None)
@given(status=st.integers(100, 599), body=st.binary(max_size=200))
def test_no_answer_is_too_strange(status: int, body: bytes) -> None:
    """Any status with any body has a verdict; only 204 accepts, only three statuses refuse."""
    outcome = judge(status, body)

    assert isinstance(outcome, Accepted) == (status == 204)
    assert not isinstance(outcome, Refused) or status in (400, 413, 422)
