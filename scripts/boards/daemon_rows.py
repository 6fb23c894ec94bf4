"""The rows below the first of the daemon's board: how fast, how far behind, and what is missing."""

from scripts.boards.panels import chart, stat
from scripts.boards.prometheus import ask

THIRD = (8, 8)

RATE = [
    chart(
        "Events heard",
        "State changes and other events, snapshots and repairs included.",
        ask(
            "sum by (home, event_type) (rate(trio_ingest_home_received_events_total{HOME}[$__rate_interval]))",
            "{{home}} {{event_type}}",
        ),
        unit="cps",
        size=THIRD,
    ),
    chart(
        "What became of them",
        "Written, filtered by include and exclude, known already (deduplicated), given back by a restart (restart_noise), and so on.",
        ask(
            "sum by (fate) (rate(trio_ingest_points_total{SINK}[$__rate_interval]))",
            "{{fate}}",
        ),
        unit="cps",
        stacked=True,
        size=THIRD,
    ),
    chart(
        "Points written",
        "Points that the database has confirmed.",
        ask(
            'sum by (sink) (rate(trio_ingest_points_total{SINK,fate="written"}[$__rate_interval]))',
            "{{sink}}",
        ),
        unit="cps",
        size=THIRD,
    ),
]

BEHIND = [
    chart(
        "How far behind",
        "The age of the oldest point that waits.",
        ask("trio_ingest_spool_oldest_age_seconds{SINK}", "{{sink}}"),
        unit="s",
        size=THIRD,
    ),
    chart(
        "Points that wait on disk",
        "They are safe there, also in a power cut.",
        ask("trio_ingest_spool_points{SINK}", "{{sink}}"),
        size=THIRD,
    ),
    chart(
        "Spool, share of max_size",
        "At 100 % the spool's policy decides what gives way.",
        ask(
            "trio_ingest_spool_size_bytes{SINK} / trio_ingest_spool_max_size_bytes{SINK}",
            "{{sink}}",
        ),
        unit="percentunit",
        size=THIRD,
    ),
]

GAPS = [
    chart(
        "Open gaps",
        "Intervals that are not repaired yet. Empty when all is well.",
        ask(
            "sum by (home, sink, reason) (trio_ingest_open_gaps{BOTH})",
            "{{home}} to {{sink}}: {{reason}}",
        ),
        size=THIRD,
        no_value="none",
    ),
    chart(
        "Time that the open gaps span",
        "Empty when all is well.",
        ask(
            "sum by (home, sink, reason) (trio_ingest_open_gap_seconds{BOTH})",
            "{{home}} to {{sink}}: {{reason}}",
        ),
        unit="s",
        size=THIRD,
        no_value="none",
    ),
    chart(
        "Gaps repaired, and lost",
        "A lost gap is one that Home Assistant's recorder cannot fill.",
        ask(
            "increase(trio_ingest_home_gaps_repaired_total{HOME}[$__rate_interval])",
            "{{home}} repaired",
        ),
        ask("increase(trio_ingest_home_gaps_lost_total{HOME}[$__rate_interval])", "{{home}} lost"),
        bars=True,
        size=THIRD,
    ),
    chart(
        "Changes fetched for repairs",
        "From Home Assistant's recorder, behind the live changes.",
        ask("rate(trio_ingest_home_fetched_changes_total{HOME}[$__rate_interval])", "{{home}}"),
        unit="cps",
    ),
    chart(
        "Sessions",
        "Tries to connect, and sessions that came about. A quiet line at 0 is best.",
        ask("increase(trio_ingest_home_attempts_total{HOME}[$__rate_interval])", "{{home}} tries"),
        ask(
            "increase(trio_ingest_home_sessions_total{HOME}[$__rate_interval])", "{{home}} sessions"
        ),
        bars=True,
    ),
]

GAVE_WAY = [
    chart(
        "Points dropped, by reason",
        "What a full or damaged spool gave up since the start; it is fetched again from Home Assistant when there is room. Empty when nothing was.",
        ask(
            'sum by (sink, reason) (trio_ingest_points_total{SINK,fate="dropped"})',
            "{{sink}}: {{reason}}",
        ),
        size=THIRD,
        no_value="none",
    ),
    chart(
        "Lines in the quarantine",
        "What the database would not take, with its own words: `trio-ingest quarantine list`.",
        ask("trio_ingest_quarantined_lines{SINK}", "{{sink}}"),
        ask(
            "increase(trio_ingest_quarantine_forgotten_lines_total{SINK}[$__range])",
            "{{sink}} forgotten",
        ),
        size=THIRD,
    ),
    chart(
        "Bad input",
        "Messages that were not what Home Assistant's API promises, changes it could not send, points that could not be encoded, and fields that the database refused.",
        ask(
            "increase(trio_ingest_home_unreadable_messages_total{HOME}[$__rate_interval])",
            "{{home}} unreadable",
        ),
        ask(
            "increase(trio_ingest_home_unserialized_changes_total{HOME}[$__rate_interval])",
            "{{home}} not sent",
        ),
        ask(
            'increase(trio_ingest_points_total{SINK,fate="failed"}[$__rate_interval])',
            "{{sink}} not encoded",
        ),
        ask(
            "increase(trio_ingest_stripped_fields_total{SINK}[$__rate_interval])",
            "{{sink}} fields refused",
        ),
        bars=True,
        size=THIRD,
    ),
]

LATENCY = [
    chart(
        "Since the last batch was taken",
        "A quiet home writes seldom; with an outage this grows steadily.",
        ask("time() - trio_ingest_last_write_success_timestamp_seconds{SINK}", "{{sink}}"),
        unit="s",
        size=THIRD,
    ),
    chart(
        "Writes tried again",
        "Tries after the first: a slow or absent database.",
        ask("rate(trio_ingest_write_retries_total{SINK}[$__rate_interval])", "{{sink}}"),
        unit="cps",
        size=THIRD,
    ),
    chart(
        "Points in memory",
        "On their way from Home Assistant to the disk. A line that stays up means a disk that does not keep up.",
        ask("trio_ingest_in_flight_points{SINK} - trio_ingest_spool_points{SINK}", "{{sink}}"),
        size=THIRD,
    ),
]

PROCESS = [
    chart(
        "Memory",
        "Resident. It stays flat also while a database is down.",
        ask("process_resident_memory_bytes{OURS}", "{{instance}}"),
        unit="bytes",
        size=THIRD,
    ),
    chart(
        "Processor",
        "Share of one core.",
        ask("rate(process_cpu_seconds_total{OURS}[$__rate_interval])", "{{instance}}"),
        unit="percentunit",
        size=THIRD,
    ),
    stat(
        "Running for",
        "Since the process was started.",
        ask("trio_ingest_uptime_seconds{OURS}", "{{instance}}"),
        unit="s",
        size=(4, 8),
    ),
    stat(
        "Version",
        "Which version answers, and on which Python.",
        ask("trio_ingest_build_info{OURS}", "{{version}}, Python {{python}}"),
        size=(4, 8),
    ),
]
# The name of the series is what it tells; its value is always 1.
PROCESS[-1]["options"]["textMode"] = "name"
