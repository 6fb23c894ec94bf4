"""Judges what the server of an InfluxDB sink has answered."""

from trio_ingest.config.influx_model import InfluxAuth, InfluxSinkConfig
from trio_ingest.config.kinds.units import format_duration
from trio_ingest.config.line_protocol_model import InfluxApi
from trio_ingest.config.promise import in_the_clear, is_encrypted
from trio_ingest.doctor.finding import About, Finding
from trio_ingest.doctor.influx_products import Product
from trio_ingest.doctor.influx_targets import Missing, Target, There, Unseen, name_of
from trio_ingest.doctor.troubles import TLS
from trio_ingest.model.outcome import Accepted, Outcome, Refused
from trio_ingest.words import show_duration

API, CREDENTIALS, DATABASE, WRITE = "api", "credentials", "database", "write"
UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 401, 403, 404
CREATE = (
    "Run `trio-ingest doctor --create` with a credential that may make one, or make it by hand."
)


def judge_tls(about: About, config: InfluxSinkConfig) -> Finding:
    """Say whether others can read what is sent."""
    if in_the_clear(config.url):
        what = "all data" if config.secret is None else "the credential and all data"
        return about.warning(
            TLS,
            f"{config.url} is not encrypted: {what} can be read on the network",
            "Use https://, or see to it that nobody else is on that network.",
        )
    if not is_encrypted(config.url):
        return about.ok(TLS, "is not used, and need not be on this machine")
    if not config.verify_tls:
        return about.warning(
            TLS, "its certificate is not verified (verify_tls = false)", "Set ca_file instead."
        )
    return about.ok(TLS, "its certificate is valid")


def judge_product(about: About, config: InfluxSinkConfig, product: Product | None) -> Finding:
    """Say whether the server speaks the API that the configuration says."""
    if product is None:
        return about.warning(
            API,
            "what answers there does not say that it is a database known here; a proxy may hide it",
            "If no proxy is in between, correct url: something else listens there.",
        )
    if config.api in product.apis:
        return about.ok(API, f"{product.name} answers, which speaks {config.api}")
    return about.failed(
        API,
        f"{product.name} answers, which does not speak {config.api}",
        f'Say api = "{product.apis[0]}".',
    )


def judge_credentials(about: About, config: InfluxSinkConfig, status: int, words: str) -> Finding:
    """Say what the answer to an empty write means for the credential."""
    if status == UNAUTHORIZED:
        if config.auth is InfluxAuth.NONE:
            advice = "The server wants a credential: give username and password, or a token."
        else:
            advice = f'Correct the credential; it is shown as auth = "{config.auth}".'
        return about.failed(CREDENTIALS, f"the server does not accept it: {words}", advice)
    if status == FORBIDDEN:
        return about.failed(
            CREDENTIALS,
            f"it may not write there: {words}",
            f"Give it the right to write to {name_of(config)}.",
        )
    if config.auth is InfluxAuth.NONE:
        return about.ok(CREDENTIALS, "none is configured, and none is asked for")
    return about.ok(CREDENTIALS, "is accepted")


def judge_write(about: About, config: InfluxSinkConfig, outcome: Outcome) -> Finding:
    """Say whether lines would have been taken, of a write that had none."""
    match outcome:
        case Accepted() | Refused():
            looked_at = "the credential and the database"
            if config.api is not InfluxApi.V1:
                looked_at = "the credential, the target and the precision"
            return about.ok(
                WRITE,
                f"a write without lines lacks nothing but them: {looked_at} are right. No point "
                "was written (--write-test writes one)",
            )
        case later:
            return about.failed(WRITE, later.reason, "The daemon keeps what it records meanwhile.")


def judge_target(
    about: About, config: InfluxSinkConfig, target: Target, backfill_seconds: float
) -> Finding:
    """Say whether the database or bucket is there, and keeps what may be fetched of the past."""
    name = name_of(config)
    match target:
        case Missing(what=what):
            return about.failed(DATABASE, f"{name}: {what}", CREATE)
        case Unseen(why=why):
            return about.skipped(
                DATABASE, f"{name} is not visible to this credential, nor how long it keeps: {why}"
            )
        case There(retention_seconds=None):
            return about.ok(DATABASE, f"{name} is there; it does not say how long it keeps data")
        case There(retention_seconds=0):
            return about.ok(DATABASE, f"{name} is there and keeps data for ever")
        case There(retention_seconds=seconds):
            assert seconds is not None
            kept = f"{name} is there and keeps data for {show_duration(seconds)}"
            if seconds >= backfill_seconds:
                return about.ok(DATABASE, kept)
            return about.warning(
                DATABASE,
                f"{kept}, less than backfill_max ({format_duration(backfill_seconds)}): it refuses "
                "points that are older",
                "Let it keep data longer, or set a shorter backfill_max.",
            )
