"""Conversations that were recorded from a real Home Assistant (tests/samples/ha-2026.11.0)."""

import ast
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import field, frozen

SAMPLES = Path(__file__).parent.parent / "samples" / "ha-2026.11.0"


@frozen
class Exchange:
    """What a client said, and what it was answered before it spoke again."""

    said: str | bytes
    answers: list[str] = field(factory=list)


@frozen
class Conversation:
    """One recorded connection: the greeting, the exchanges, and the close code where it ended."""

    greeting: list[str]
    exchanges: list[Exchange]
    close_code: int | None


def lines(topic: str) -> list[dict[str, Any]]:
    with gzip.open(SAMPLES / f"{topic}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def conversation(topic: str, name: str | None = None) -> Conversation:
    """Return the connection of that name, or the one that has none."""
    greeting: list[str] = []
    exchanges: list[Exchange] = []
    close_code = None
    for line in lines(topic):
        if line.get("conn") != name:
            continue
        if line["d"] == ">":
            exchanges.append(Exchange(said(line["raw"])))
        elif line["d"] == "<":
            (exchanges[-1].answers if exchanges else greeting).append(line["raw"])
        elif line.get("closed"):
            close_code = line["rcvd"][0]
    return Conversation(greeting, exchanges, close_code)


def said(raw: str) -> str | bytes:
    return ast.literal_eval(raw) if raw.startswith("b'") else raw


def server_frames(topic: str) -> list[str]:
    return [line["raw"] for line in lines(topic) if line["d"] == "<"]


def events(topic: str, event_type: str) -> list[str]:
    """Return the recorded event messages of a type, also those that came in arrays."""
    messages = []
    for frame in server_frames(topic):
        decoded = json.loads(frame)
        messages += decoded if isinstance(decoded, list) else [decoded]
    return [
        json.dumps(message)
        for message in messages
        if message["type"] == "event" and message["event"]["event_type"] == event_type
    ]


def answer_to(topic: str, command: str) -> Sequence[Any]:
    """Return the recorded result of the first command of that type."""
    for exchange in conversation(topic).exchanges:
        if isinstance(exchange.said, str) and json.loads(exchange.said)["type"] == command:
            return json.loads(exchange.answers[0])
    raise LookupError(command)
