"""Decides what an HTTP answer means for the batch that was sent: the table of delivery verdicts.

| answer               | verdict                                                              |
|----------------------|----------------------------------------------------------------------|
| 204                  | accepted                                                             |
| another 2xx, a 3xx   | kept, someone must look: that was not the write path of an InfluxDB  |
| 408, 429, 5xx        | kept, tried again; Retry-After counts                                |
| 401, 403, 404        | kept, someone must look: credential, rights, database or bucket      |
| 413                  | refused: too large as it is                                          |
| 400, 422             | refused, with the lines that the server names                        |
| anything else        | kept, someone must look                                              |
"""

from collections.abc import Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from trio_ingest.model.outcome import Accepted, Outcome, Refused, TryLater
from trio_ingest.sinks.influx_bad_lines import find_bad_lines
from trio_ingest.sinks.influx_conflicts import conflicts_in
from trio_ingest.sinks.influx_words import Answer, Wording, read_answer

# InfluxDB Cloud counts its quotas in windows of five minutes. A longer wait than two of them is a
# mistake or a wrong clock, and to ask once more too early costs nothing.
LONGEST_RETRY_AFTER_SECONDS = 600.0

# Answers with 400 that no line is to blame for. Halving would end with everything in quarantine.
_TARGET_AT_FAULT = (
    "a web page",
    "client sent an http request to an https server",
    "database is required",
    "db name ",
    "invalid precision",
)
# InfluxDB 1 says 500 when the retention policy is missing: a lasting error in a passing one's coat.
_LASTING_500 = "retention policy not found"


def verdict(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    lines: Callable[[], Sequence[bytes]],
    wording: Wording = Wording(),  # noqa: B008 - frozen
) -> Outcome:
    """Return what *status*, *headers* and *body* say about the batch.

    *lines* is called only when the answer may name some of them.
    """
    answer = read_answer(body)
    reason = f"HTTP {status}: {wording.tidy(answer.message or phrase(status))}"
    match status:
        case 204:
            return Accepted()
        case 408 | 429:
            return TryLater(reason=reason, retry_after_seconds=retry_after(headers))
        case 413:
            return Refused(reason=reason)
        case 400 | 422 if not answer.message.lower().startswith(_TARGET_AT_FAULT):
            return refusal(answer, reason, lines, wording)
        case _ if status >= 500:  # noqa: PLR2004 - 5xx
            return TryLater(
                reason=reason,
                retry_after_seconds=retry_after(headers),
                needs_operator=answer.message.startswith(_LASTING_500),
            )
        case _ if 200 <= status < 300:  # noqa: PLR2004 - 2xx
            reason = (
                f"HTTP {status} where 204 was expected: so an InfluxDB 2 answers unknown paths "
                "with its web page; check `api` and the path in `url`"
            )
        case _ if 300 <= status < 400:  # noqa: PLR2004 - 3xx
            location = wording.tidy(headers.get("location", "nowhere").partition("?")[0])
            reason = f"HTTP {status}: redirected to {location}; correct `url`"
    return TryLater(reason=reason, needs_operator=True)


def refusal(
    answer: Answer, reason: str, lines: Callable[[], Sequence[bytes]], wording: Wording
) -> Refused:
    """Return the refusal with the lines that the server names, if it does."""
    bad_lines = find_bad_lines(answer, lines())
    return Refused(
        reason=reason,
        bad_lines={number: wording.tidy(words) for number, words in bad_lines.items()},
        conflicts=conflicts_in(bad_lines),
    )


def retry_after(headers: Mapping[str, str]) -> float:
    """Return the wait that the server asks for, 0 if none; *headers* have lower-case names.

    A date counts from the server's own `Date`, so that our clocks need not agree.
    """
    wish = headers.get("retry-after", "").strip()
    if wish.isascii() and wish.isdecimal():
        seconds = float(wish)
    else:
        try:
            asked = parsedate_to_datetime(wish) - parsedate_to_datetime(headers.get("date", ""))
        except (ValueError, TypeError):
            return 0.0
        seconds = asked.total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_SECONDS)


def phrase(status: int) -> str:
    """Return what *status* is called, for servers that say nothing more."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "an unknown status"
