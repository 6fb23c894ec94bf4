"""`trio-ingest doctor`: looks at everything that recording depends on."""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click
import trio
from rich.console import Console

from trio_ingest.cli import WRONG_CONFIGURATION
from trio_ingest.cli.doctor_report import print_findings, summary, to_json
from trio_ingest.cli.loading import loader
from trio_ingest.config.kinds.units import parse_duration
from trio_ingest.config.problems import ConfigurationError, Misfit
from trio_ingest.doctor.examination import examine, judge_problems
from trio_ingest.doctor.finding import Finding, Status, worst
from trio_ingest.doctor.influx import Orders


def doctor_command(config_file: Path | None, orders: Orders, unit: str, *, as_json: bool) -> None:
    """Print what is found. Leave with 1 when something failed, 78 for a wrong configuration."""
    console = Console(highlight=False, emoji=False, markup=False)
    findings: list[Finding] = []

    def tell(found: Sequence[Finding]) -> None:
        findings.extend(found)
        if not as_json:
            print_findings(found, console)

    source, code = config_file, 0
    try:
        config = loader(config_file)()
    except ConfigurationError as error:
        source, code = error.source, WRONG_CONFIGURATION
        tell(judge_problems(error))
    else:
        source = config.source
        trio.run(partial(examine, config, tell, orders, unit))
        code = int(worst(findings) is Status.FAILED)
    click.echo(to_json(findings, source) if as_json else f"\n{summary(findings)}")
    sys.exit(code)


def read_orders(*, creates: bool, retention: str | None, writes: bool) -> Orders:
    """Return what the options say. Raises UsageError."""
    if retention is not None and not creates:
        raise click.UsageError("--retention goes with --create: nothing that is there is changed.")
    try:
        seconds = int(parse_duration(retention)) if retention is not None else 0
    except Misfit as misfit:
        raise click.UsageError(f"--retention: {misfit.what}. {misfit.remedy}") from misfit
    return Orders(creates=creates, retention_seconds=seconds, writes=writes)
