"""Takes an InfluxDB's own words out of its answers, fit for a log line: short, and no secrets."""

import json
from collections.abc import Collection
from typing import Any

from attrs import field, frozen

LONGEST_WORDS = 500


@frozen
class Wording:
    """Makes foreign text ours. `secrets` are what must never be repeated, whoever says it."""

    secrets: Collection[str] = field(default=(), repr=False)

    def tidy(self, text: str) -> str:
        """Return *text* on one line, without secrets, and not longer than a log line bears."""
        for secret in self.secrets:
            text = text.replace(secret, "***")  # before it is cut, lest half a secret remain
        text = " ".join(text.split())
        if len(text) <= LONGEST_WORDS:
            return text
        return text[: LONGEST_WORDS - 1] + "…"


@frozen(kw_only=True)
class Answer:
    """What the body of an answer says: `message` for people, and the JSON object that held it."""

    message: str
    content: dict[str, Any]


def read_answer(body: bytes) -> Answer:
    """Find the message where each kind of server puts it.

    InfluxDB 1 and 3: `{"error": …}`; InfluxDB 2: `{"message": …}`; VictoriaMetrics, proxies and
    some answers of InfluxDB 3: plain text. Of a web page only that it is one is of interest.
    """
    text = body.decode("utf-8", errors="replace").strip()
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = None
    if isinstance(content, dict):
        for key in ("error", "message"):
            if isinstance(content.get(key), str):
                return Answer(message=content[key], content=content)
    if text.startswith("<"):
        text = "a web page"
    return Answer(message=text, content=content if isinstance(content, dict) else {})
