"""From the command line to one command and an exit code: 0 done, 1 failed, 2 usage, 78 config.

Each command imports what it needs when it is called, so that `--help` is quick.
"""

import gc
from pathlib import Path

import click

from trio_ingest import __version__
from trio_ingest.cli.completing import complete_sinks
from trio_ingest.cli.options import config_option, json_option, of_server

WRONG_CONFIGURATION = 78  # EX_CONFIG of sysexits.h; systemd is told not to restart after it


class Commands(click.Group):
    """The commands. Those of other modules are imported when one of them is called, or all named.

    The daemon does without: 5 ms of each start.
    """

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Return the command called *name*."""
        if name not in self.commands:
            self._add_others()
        return super().get_command(context, name)

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the names of all."""
        self._add_others()
        return super().list_commands(context)

    def _add_others(self) -> None:
        from trio_ingest.cli.others import OTHERS

        for each in OTHERS:
            self.add_command(each)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="trio-ingest")
def main() -> None:
    """Record a Home Assistant home into a time-series database and lose nothing on the way."""


@main.command()
@config_option
def run(config_file: Path | None) -> None:
    """Run the daemon, until SIGTERM. SIGHUP reloads the configuration."""
    start_daemon(config_file)


@main.command()
@config_option
def relay(config_file: Path | None) -> None:
    """Deliver batches from a NATS stream into a database, until SIGTERM. SIGHUP reloads."""
    start_daemon(config_file, is_relay=True)


def start_daemon(config_file: Path | None, *, is_relay: bool = False) -> None:
    """Import the daemon, and run it."""
    # What is imported is there to stay. To look through it for garbage took 40 ms of the start, and
    # 16 ms of the loop each time that all was looked through again.
    gc.disable()
    from trio_ingest.cli.run import run_command

    gc.freeze()
    gc.enable()
    run_command(config_file, is_relay=is_relay)


@main.command()
@config_option
@click.option("--online", is_flag=True, help="Also ask Home Assistant and the sinks.")
@click.option(
    "--without-secrets",
    is_flag=True,
    help="Take it that every secret is there and good, for where only the daemon may read them.",
)
@click.option("--quiet", is_flag=True, help="Say only what is wrong.")
def check_config(
    config_file: Path | None, *, online: bool, without_secrets: bool, quiet: bool
) -> None:
    """Check the configuration and print the delivery promise that it gives."""
    from trio_ingest.cli.check_config import check_config_command

    if online and without_secrets:
        raise click.UsageError("--online needs the secrets")
    if online and quiet:
        raise click.UsageError("--online tells what it finds: it does not go with --quiet")
    check_config_command(
        config_file, online=online, reads_secrets=not without_secrets, is_quiet=quiet
    )


@main.command()
@config_option
def health(config_file: Path | None) -> None:
    """Ask the running daemon whether it lives: for containers. Fails if it does not answer."""
    from trio_ingest.cli.health import health_command

    health_command(config_file)


@main.command()
@of_server
@json_option
@click.option("--watch", is_flag=True, help="Draw it anew every other second, until Ctrl-C.")
def status(
    config_file: Path | None,
    url: str | None,
    token_file: Path | None,
    *,
    as_json: bool,
    watch: bool,
) -> None:
    """Ask the running daemon how it goes. Fails if it does not answer."""
    from trio_ingest.cli.status import status_command

    if watch and as_json:
        raise click.UsageError("--watch and --json exclude each other.")
    status_command(config_file, url, token_file, watch=watch, as_json=as_json)


@main.command()
@config_option
@json_option
@click.option("--create", is_flag=True, help="Make a database or bucket that is missing.")
@click.option(
    "--retention",
    metavar="DURATION",
    help="With --create: how long it keeps data, such as 365d. Default: for ever.",
)
@click.option("--write-test", is_flag=True, help="Write one point to each InfluxDB. It stays.")
@click.option(
    "--unit", default="trio-ingest.service", show_default=True, help="The systemd unit to look at."
)
def doctor(
    config_file: Path | None,
    unit: str,
    retention: str | None,
    *,
    as_json: bool,
    create: bool,
    write_test: bool,
) -> None:
    """Check all that recording depends on, and say what is wrong and what to do."""
    from trio_ingest.cli.doctor import doctor_command, read_orders

    orders = read_orders(creates=create, retention=retention, writes=write_test)
    doctor_command(config_file, orders, unit, as_json=as_json)


@main.command()
@click.argument("globs", metavar="[GLOB]...", nargs=-1)
@of_server
@click.option(
    "--sink",
    "sinks",
    metavar="NAME",
    multiple=True,
    shell_complete=complete_sinks,
    help="Only what this one is sent.",
)
@json_option
def tail(
    *,
    globs: tuple[str, ...],
    config_file: Path | None,
    url: str | None,
    token_file: Path | None,
    sinks: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show the lines as they are written, of all entities or those that a GLOB fits."""
    from trio_ingest.cli.tail import tail_command

    tail_command(globs, sinks, config_file, url, token_file, as_json=as_json)


@main.command()
@click.argument("entity_id")
@config_option
@click.option("--state", help="A state to try, instead of asking Home Assistant.")
@click.option("--attributes", help="With --state: its attributes, a JSON object.")
def explain(
    entity_id: str, config_file: Path | None, state: str | None, attributes: str | None
) -> None:
    """Say which rule decides about an entity in each sink, and show the line that is written."""
    from trio_ingest.cli.explain import explain_command

    explain_command(entity_id, config_file, state, attributes)
