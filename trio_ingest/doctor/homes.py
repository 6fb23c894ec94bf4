"""Checks a Home Assistant: whether it can be recorded, and how well."""

from collections.abc import Iterator, Sequence

from trio_ingest.config.kinds.units import format_duration
from trio_ingest.config.model import HomeAssistantConfig
from trio_ingest.config.promise import in_the_clear
from trio_ingest.doctor.clocks import judge_clock
from trio_ingest.doctor.finding import About, Finding
from trio_ingest.doctor.troubles import REACHABLE, TLS, judge_unreachable
from trio_ingest.home_assistant.address import address_of
from trio_ingest.home_assistant.errors import (
    AccessRefused,
    CommandFailed,
    SessionLost,
    leaves,
)
from trio_ingest.home_assistant.inspection import Inspection, inspect_home
from trio_ingest.words import count

OLDEST_TESTED = (2025, 4)
LARGE_BACKLOG = 10_000
CLOCKS = (
    "Points have Home Assistant's time: queries that end at this machine's now miss the newest, or "
    "show them late."
)


async def check_home(config: HomeAssistantConfig) -> Sequence[Finding]:
    """Hold a short session with it, and judge."""
    troubles: list[Exception] = []
    found: list[Finding] = []
    try:
        found += judge_home(config, await inspect_home(config))
    except* (SessionLost, AccessRefused, CommandFailed, OSError) as group:
        troubles += leaves(group)
    return found or [judge_trouble(config, troubles)]


def about_home(config: HomeAssistantConfig) -> About:
    """Return what makes findings about it."""
    return About(f"home_assistant.{config.name}")


def judge_trouble(config: HomeAssistantConfig, troubles: Sequence[Exception]) -> Finding:
    """Say what it means that there was no session. When several things failed, one says it best."""
    about = about_home(config)
    trouble = max(troubles, key=lambda each: isinstance(each, AccessRefused))
    words = str(trouble)
    match trouble:
        case AccessRefused():
            return about.failed(
                "token",
                words,
                "Create a long-lived access token in Home Assistant (profile, Security) and put it "
                "where the configuration says.",
            )
        case OSError():
            what = f"ca_file {config.ca_file} cannot be used: {words}"
            return about.failed(TLS, what, "Let it be a file of certificates in PEM.")
        case CommandFailed():
            return about.failed(
                "state_changed", words, "See Home Assistant's log; is its version very old?"
            )
        case _:
            return judge_unreachable(about, trouble, words)


def judge_home(config: HomeAssistantConfig, seen: Inspection) -> Iterator[Finding]:
    """Say how well the home can be recorded."""
    about = about_home(config)
    core = seen.core
    address = address_of(config.url)
    yield about.ok(
        REACHABLE, f"{address} answers: {core.location_name}, {count(seen.entities, 'entity')}"
    )
    yield judge_tls(about, config)
    yield about.ok("token", "is accepted, and may hear of every state change")
    yield judge_rights(about, seen)
    for event_type, obstacle in seen.events.items():
        yield judge_event(about, event_type, obstacle)
    yield judge_version(about, core.version)
    yield judge_state(about, core.state, is_running=core.is_running)
    yield from judge_recorder(about, config, seen)
    yield judge_clock(about, seen.clock, CLOCKS)


def judge_tls(about: About, config: HomeAssistantConfig) -> Finding:
    """Say whether others can read the token."""
    if in_the_clear(config.url):
        return about.warning(
            TLS,
            f"{config.url} is not encrypted: the token can be read on the network",
            "Use https:// or wss://, or see to it that nobody else is on that network.",
        )
    if not address_of(config.url).tls:
        return about.ok(TLS, "is not used, and need not be on this machine")
    if not config.verify_tls:
        return about.warning(
            TLS, "its certificate is not verified (verify_tls = false)", "Set ca_file instead."
        )
    return about.ok(TLS, "its certificate is valid")


def judge_rights(about: About, seen: Inspection) -> Finding:
    """Say whose token it is. Only events need an administrator's, and not all of those."""
    needs_admin = any(seen.events)
    match seen.is_admin:
        case None:
            return about.skipped("rights", "Home Assistant does not say whose token it is")
        case False:
            return about.ok(
                "rights",
                "the token is that of a user who is no administrator: enough for all state changes "
                "and their past, not for some other events (call_service, …)",
            )
        case _ if needs_admin:
            return about.ok("rights", "the token is an administrator's, for the sake of `events`")
        case _:
            return about.warning(
                "rights",
                "the token is an administrator's, which recording does not need: whoever steals it "
                "may do everything",
                "Create a user without administrator's rights, and a token as that user.",
            )


def judge_event(about: About, event_type: str, obstacle: str | None) -> Finding:
    """Say whether events of a type may be recorded."""
    check = f"events.{event_type}"
    if obstacle is None:
        return about.ok(check, "may be recorded")
    advice = "Use an administrator's token, or take it out of `events`."
    return about.failed(check, obstacle, advice)


def judge_version(about: About, version: str) -> Finding:
    """Say whether this version is one that is tested."""
    year, _, rest = version.partition(".")
    month = rest.partition(".")[0]
    if not (year.isdecimal() and month.isdecimal()):
        return about.skipped("version", f"Home Assistant {version}")
    if (int(year), int(month)) < OLDEST_TESTED:
        oldest = ".".join(str(each) for each in OLDEST_TESTED)
        return about.warning(
            "version", f"Home Assistant {version} is older than {oldest}", "Bring it up to date."
        )
    return about.ok("version", f"Home Assistant {version}")


def judge_state(about: About, state: str, *, is_running: bool) -> Finding:
    """Say whether its start is over."""
    if is_running:
        return about.ok("state", "it has started everything")
    return about.warning(
        "state", f"it is not running fully ({state})", "Wait for its start to end, and look again."
    )


def judge_recorder(
    about: About, config: HomeAssistantConfig, seen: Inspection
) -> Iterator[Finding]:
    """Say whether gaps can be repaired, and how far back."""
    recorder = seen.recorder
    if recorder is None or not recorder.recording:
        why = "there is no recorder" if recorder is None else "its recorder does not record"
        if not config.backfill:
            yield about.ok("recorder", f"{why}; it is not wanted, either (backfill = false)")
            return
        yield about.warning(
            "recorder",
            f"{why}: what happens while trio-ingest is not connected is lost",
            "Set up `recorder:` and `history:` in Home Assistant.",
        )
        return
    if (recorder.backlog or 0) > LARGE_BACKLOG:
        yield about.warning(
            "recorder",
            f"its recorder is {recorder.backlog:,} events behind",
            "Look at Home Assistant's log and disk.",
        )
    else:
        yield about.ok("recorder", "its recorder runs")
    yield judge_reach(about, config, seen.reach_seconds)


def judge_reach(about: About, config: HomeAssistantConfig, reach: float | None) -> Finding:
    """Say how far back gaps can be repaired."""
    if reach is None:
        return about.skipped("history", "Home Assistant does not say how far back it knows")
    if reach >= config.backfill_max:
        longest = format_duration(config.backfill_max)
        return about.ok("history", f"reaches back {longest} (backfill_max) at least")
    what = f"reaches back {show_age(reach)}; gaps that are older stay"
    return about.ok("history", what)


def show_age(seconds: float) -> str:
    """Return about how long that is."""
    for unit, size in (("days", 86_400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * size:
            return f"about {seconds / size:.0f} {unit}"
    return "a few minutes at most"
