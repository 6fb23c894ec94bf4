"""The board of the daemon itself, for Prometheus: is my home being recorded, and how well."""

from scripts.boards.board import datasource_input, make_board, query_variable
from scripts.boards.daemon_rows import BEHIND, GAPS, GAVE_WAY, LATENCY, PROCESS, RATE
from scripts.boards.panels import GREEN, RED, YELLOW, Json, stat
from scripts.boards.prometheus import OURS, PLUGIN, ask


def values_of(label: str, metric: str) -> Json:
    return {"query": f"label_values({metric}, {label})", "refId": "variable"}


def board() -> Json:
    return make_board(
        uid="trio-ingest-daemon",
        title="trio-ingest",
        description="The daemon that records Home Assistant: is everything recorded, how fast, and what is in the way.",
        datasource=datasource_input(
            "DS_PROMETHEUS", PLUGIN, "Prometheus", "Scrapes /metrics of trio-ingest"
        ),
        variables=[
            query_variable(
                "job", "Job", values_of("job", "trio_ingest_build_info"), PLUGIN, is_multi=False
            ),
            query_variable(
                "instance",
                "Daemon",
                values_of("instance", 'trio_ingest_build_info{job="$job"}'),
                PLUGIN,
            ),
            query_variable(
                "home",
                "Home",
                values_of("home", f"trio_ingest_home_connected{{{OURS}}}"),
                PLUGIN,
            ),
            query_variable(
                "sink",
                "Database",
                values_of("sink", f"trio_ingest_sink_delivering{{{OURS}}}"),
                PLUGIN,
            ),
        ],
        rows={
            "Is my home being recorded?": RECORDED,
            "Rate": RATE,
            "Behind": BEHIND,
            "Gaps and repairs": GAPS,
            "What gave way": GAVE_WAY,
            "Latency": LATENCY,
            "The process": PROCESS,
        },
        time_range="6h",
    )


RECORDED = [
    stat(
        "Recording",
        "What /readyz says: every home is connected, every database takes points, nothing is dropped, no configuration was refused.",
        ask("min(trio_ingest_ready{OURS})"),
        words={1: ("Yes", GREEN), 0: ("Not all: see the row", RED)},
        no_value="No answer from the daemon",
    ),
    stat(
        "Homes",
        "Is there a session with Home Assistant?",
        ask("min by (home) (trio_ingest_home_connected{HOME})", "{{home}}"),
        words={1: ("Connected", GREEN), 0: ("Away", RED)},
        no_value="None",
    ),
    stat(
        "Newest change",
        "How long ago the newest change of a home happened, by Home Assistant's clock. Nights are quiet.",
        ask(
            "time() - max by (home) (trio_ingest_home_last_change_timestamp_seconds{HOME})",
            "{{home}}",
        ),
        unit="s",
        limits={0: GREEN, 900: YELLOW, 3600: RED},
        no_value="None heard yet",
    ),
    stat(
        "Databases",
        "Does the database take points? While it does not, they wait on disk.",
        ask(
            "min by (sink) (trio_ingest_sink_delivering{SINK} - trio_ingest_sink_needs_operator{SINK})",
            "{{sink}}",
        ),
        words={1: ("Takes", GREEN), 0: ("Waits", YELLOW), -1: ("You have to look", RED)},
        no_value="None",
    ),
    stat(
        "Waits longest",
        "How long ago the oldest point happened that is not in the database yet.",
        ask("max by (sink) (trio_ingest_spool_oldest_age_seconds{SINK})", "{{sink}}"),
        unit="s",
        limits={0: GREEN, 60: YELLOW, 900: RED},
    ),
    stat(
        "Lost gaps",
        "Gaps within the time shown that cannot be repaired. The log says the interval and the reason.",
        ask("round(sum(increase(trio_ingest_home_gaps_lost_total{HOME}[$__range])))"),
        limits={0: GREEN, 1: RED},
    ),
]
