"""Judges a systemd unit: is it installed, does it run, is it the one that is shipped."""

from collections.abc import Iterator, Mapping, Sequence

from trio_ingest.doctor.finding import About, Finding
from trio_ingest.installation.shipped import shipped

ABOUT = About("systemd")
# They differ with where the program and the configuration are.
PLACES = ("ExecStart=", "ExecReload=", "LoadCredential=")
MOST_NAMED = 3
USUAL_BURST = 10_000


def judge_unit(name: str, shown: Mapping[str, str]) -> Iterator[Finding]:
    """Say how the unit is, by the properties that `systemctl show` gives."""
    if shown.get("LoadState") != "loaded":
        yield ABOUT.warning(
            "unit",
            f"{name} is not installed ({shown.get('LoadState', 'unknown')})",
            "See docs/systemd.md; --unit names another one.",
        )
        return
    yield ABOUT.ok("unit", f"{name} is {shown.get('FragmentPath')}")
    if shown.get("NeedDaemonReload") == "yes":
        yield ABOUT.warning(
            "loaded", "the unit has changed since systemd has read it", "systemctl daemon-reload"
        )
    yield judge_enabled(name, shown.get("UnitFileState", ""))
    yield judge_running(name, shown)
    yield judge_rate(shown)


def judge_enabled(name: str, state: str) -> Finding:
    """Say whether it starts with the machine."""
    if state.startswith("enabled") or state in {"static", "generated", "linked"}:
        return ABOUT.ok("enabled", f"it starts with the machine ({state})")
    return ABOUT.warning(
        "enabled", f"it does not start with the machine ({state})", f"systemctl enable {name}"
    )


def judge_running(name: str, shown: Mapping[str, str]) -> Finding:
    """Say whether it runs."""
    state = f"{shown.get('ActiveState')} ({shown.get('SubState')})"
    restarts = shown.get("NRestarts", "0")
    if shown.get("ActiveState") in {"active", "reloading"}:
        if restarts not in {"", "0"}:
            return ABOUT.warning(
                "running", f"it is {state}, after {restarts} restarts", f"journalctl -u {name}"
            )
        return ABOUT.ok("running", f"it is {state}: {shown.get('StatusText') or 'no status'}")
    if shown.get("Result") not in {"success", "", None}:
        what = f"it is {state}: {shown.get('Result')}, exit status {shown.get('ExecMainStatus')}"
        return ABOUT.failed("running", what, f"journalctl -u {name} says why.")
    return ABOUT.warning("running", f"it is {state}", f"systemctl start {name}")


def judge_rate(shown: Mapping[str, str]) -> Finding:
    """Say whether journald would drop what the daemon says."""
    burst = shown.get("LogRateLimitBurst", "0")
    if burst.isdecimal() and 0 < int(burst) < USUAL_BURST:
        return ABOUT.warning(
            "journal_rate",
            f"journald drops what it says beyond {burst} records in a while",
            "Set LogRateLimitBurst= in the unit to 10000 or more, or leave it out.",
        )
    return ABOUT.ok("journal_rate", "journald takes more than the daemon says")


def judge_journal(*, is_persistent: bool) -> Finding:
    """Say whether the journal survives a restart of the machine."""
    if is_persistent:
        return ABOUT.ok("journal_storage", "the journal is kept on disk")
    return ABOUT.warning(
        "journal_storage",
        "the journal is gone after a restart of the machine (there is no /var/log/journal)",
        "mkdir -p /var/log/journal && journalctl --flush",
    )


def judge_difference(installed: str, expected: str) -> Finding:
    """Say whether the unit is the one of this version."""
    ours, theirs = settings(expected), settings(installed)
    missing = [line for line in ours if line not in theirs]
    added = [line for line in theirs if line not in ours]
    if not missing and not added:
        return ABOUT.ok("unit_version", "it is the one of this version")
    parts = [
        f"{words} {', '.join(lines[:MOST_NAMED])}{' …' if len(lines) > MOST_NAMED else ''}"
        for words, lines in (("it lacks", missing), ("it has in addition", added))
        if lines
    ]
    return ABOUT.warning(
        "unit_version",
        f"it is another one than that of this version: {'; '.join(parts)}",
        "Run trio-ingest install-unit again; keep changes of your own in `systemctl edit`.",
    )


def settings(unit: str) -> Sequence[str]:
    """Return the lines that mean something and do not depend on the machine."""
    lines = [line.strip() for line in unit.splitlines()]
    return [line for line in lines if line and not line.startswith(("#", ";", *PLACES))]


def shipped_unit(name: str) -> str:
    """Return the text of the unit that comes with this version."""
    template, at, _ = name.partition("@")
    if not at:
        return shipped("trio-ingest.service")
    is_relay = template == "trio-ingest-relay"
    return shipped("trio-ingest-relay@.service" if is_relay else "trio-ingest@.service")
