"""The commands to begin with: completion, import-config, install-unit, demo, simulate."""

import re
from pathlib import Path

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what a shell reads to complete commands: source <(trio-ingest completion bash)."""
    from trio_ingest.cli.completion import completion_command

    completion_command(context.find_root().command, shell)


@click.command()
@click.argument("yaml_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write, which must not exist. Default: standard output.",
)
def import_config(yaml_file: Path, output: Path | None) -> None:
    """Turn `influxdb:` of Home Assistant's configuration.yaml into a configuration of ours."""
    from trio_ingest.cli.import_config import import_config_command

    import_config_command(yaml_file, output)


@click.command()
@click.option("--name", help="One of several: trio-ingest@NAME, with /etc/trio-ingest/NAME.toml.")
@click.option(
    "--root",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("/"),
    show_default=True,
    help="Write below this directory, such as an image that is being made.",
)
@click.option("--relay", "is_relay", is_flag=True, help="A service of `trio-ingest relay`.")
@click.option("--print", "only_prints", is_flag=True, help="Write nothing, print the files.")
def install_unit(name: str | None, root: Path, is_relay: bool, only_prints: bool) -> None:
    """Make a systemd service of this installation. What is there already is not harmed."""
    from trio_ingest.cli.install_unit import install_unit_command

    if name is not None and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise click.UsageError("--name is made of letters, digits, - and _")
    install_unit_command(root, name, is_relay=is_relay, only_prints=only_prints)


@click.command()
@click.option("--seconds", default=12.0, show_default=True, help="How long to record.")
@click.option("--rate", default=50.0, show_default=True, help="State changes a second.")
@click.option(
    "--state-directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("trio-ingest-demo"),
    show_default=True,
    help="Where everything is left to look at.",
)
def demo(seconds: float, rate: float, state_directory: Path) -> None:
    """Record a simulated home into the embedded database, and show what was recorded."""
    from trio_ingest.cli.demo import demo_command

    demo_command(seconds, rate, state_directory)


@click.command()
@click.option("--listen", default="127.0.0.1:8123", show_default=True, help="HOST:PORT to serve.")
@click.option("--rate", default=10.0, show_default=True, help="State changes a second.")
@click.option("--entities", default=60, show_default=True, help="How large the home is.")
@click.option("--seed", default=1, show_default=True, help="The same seed is the same home.")
def simulate(listen: str, rate: float, entities: int, seed: int) -> None:
    """Serve a simulated Home Assistant, to try things against."""
    from trio_ingest.cli.simulate import simulate_command

    simulate_command(listen, rate, entities, seed)
