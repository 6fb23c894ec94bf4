"""Options that several commands have."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from trio_ingest.cli.completing import complete_sinks

F = TypeVar("F", bound=Callable[..., None])

config_option = click.option(
    "--config",
    "config_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The configuration file. Default: the usual places, then the environment alone.",
)

state_directory_option = click.option(
    "--state-directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="Take the spools that are in there, and need no configuration.",
)

url_option = click.option(
    "--url",
    help="Where the daemon answers: http://HOST:PORT/, or unix:/PATH. Default: as configured.",
)
token_file_option = click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The file with the admin token. Default: as configured.",
)
sink_argument = click.argument("sink", required=False, shell_complete=complete_sinks)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")
reason_option = click.option(
    "--reason", help="Those with such a reason: a pattern with * and ?, for the whole of it."
)
all_option = click.option("--all", "everything", is_flag=True, help="All of them.")


def before_option(what: str) -> Callable[[F], F]:
    """Return the option that chooses by age."""
    return click.option(
        "--before",
        metavar="INSTANT",
        help=f"{what} before that, such as 2026-11-25T20:00. UTC, unless it says another zone.",
    )


def of_spools(command: F) -> F:
    """Give a command the options that say which spools it is about."""
    return config_option(state_directory_option(command))


def of_server(command: F) -> F:
    """Give a command the options that say which daemon is asked."""
    return config_option(url_option(token_file_option(command)))


def of_records(command: F) -> F:
    """Give a command the options that say which changes in which embedded database it is about."""
    for option in (
        click.option("--home", metavar="NAME", help="Of this Home Assistant only."),
        click.option(
            "--entity",
            "entities",
            metavar="GLOB",
            multiple=True,
            help="Of these entities only, such as 'sensor.*'. May be given several times.",
        ),
        click.option("--until", metavar="INSTANT", help="What happened before that."),
        click.option(
            "--since",
            metavar="INSTANT",
            help="What happened from then on: 2026-11-25, or 2026-11-25T20:00. UTC, unless it says "
            "another zone.",
        ),
        click.option("--last", metavar="DURATION", help="What happened in the last 1d, 12h, 30m."),
        click.option(
            "--database",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Take this file, and need no configuration.",
        ),
        config_option,
    ):
        command = option(command)
    return command
