"""What a daemon's log proves: that faults had an effect, and that its sums are right.

A run in which nothing went wrong says nothing about what happens when something does.
"""

import re
from collections.abc import Mapping, Sequence

from attrs import frozen

_REPAIRED = re.compile(r"repaired in \d+ s, (\d+) changes were fetched")
_SPOOLED = re.compile(r"\(points in the spool: (\d+)\)")
_ACCOUNT = re.compile(r"account (?:of )?\S+: (.*=.*)")
_ENTRY = re.compile(r"(\w+)=(-?\d+)")
CAME = ("received", "carried_over")


@frozen(kw_only=True)
class Evidence:
    """Counts of all runs of a daemon that logged into one file."""

    starts: int
    sessions: int
    fetched: int
    """Changes that were fetched from Home Assistant's recorder."""
    recoveries: int
    """How often the sink took batches again that it had not taken before."""
    spooled: int
    """The most points that were in the spool when something was said of it."""


def evidence_of(log: str) -> Evidence:
    """Return what *log* proves."""
    return Evidence(
        starts=log.count("starts with"),
        sessions=log.count("connected to ws"),
        fetched=sum(int(number) for number in _REPAIRED.findall(log)),
        recoveries=log.count("delivers again after"),
        spooled=max((int(number) for number in _SPOOLED.findall(log)), default=0),
    )


def accounts_of(log: str) -> Sequence[Mapping[str, int]]:
    """Return the accounts that were given at the end of each run, sink by sink."""
    return [
        {name: int(number) for name, number in _ENTRY.findall(account)}
        for account in _ACCOUNT.findall(log)
    ]


def unaccounted(account: Mapping[str, int]) -> int:
    """Return how many points came and are nowhere: 0, or the sum is wrong."""
    came = sum(account.get(name, 0) for name in CAME)
    return came - sum(number for name, number in account.items() if name not in CAME)
