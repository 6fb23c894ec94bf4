"""`trio-ingest import-config`: our configuration from the one of Home Assistant's integration."""

import sys
from pathlib import Path

import click

from trio_ingest.config.problems import ConfigurationError
from trio_ingest.migration.import_influxdb import import_influxdb


def import_config_command(yaml_file: Path, output: Path | None) -> None:
    """Write the configuration to *output* or standard output, and say what is left to do."""
    try:
        imported = import_influxdb(yaml_file)
        if output is None:
            click.echo(imported.text, nl=False)
        else:
            with output.open("x", encoding="utf-8") as file:
                file.write(imported.text)
    except ConfigurationError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except OSError as error:
        click.echo(f"{output}: cannot be written: {error.strerror}", err=True)
        sys.exit(1)
    click.echo("Left to do:", err=True)
    for each in imported.advice:
        click.echo(f"  - {each}", err=True)
