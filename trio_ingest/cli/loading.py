"""Finding and loading the configuration, as every command does it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import click

from trio_ingest.cli import WRONG_CONFIGURATION
from trio_ingest.config.loading import find_config, load
from trio_ingest.config.model import Config
from trio_ingest.config.problems import ConfigurationError


def loader(config_file: Path | None, *, reads_secrets: bool = True) -> Callable[[], Config]:
    """Return what loads the configuration, now and at each reload."""
    return lambda: load(
        config_file or find_config(os.environ), os.environ, reads_secrets=reads_secrets
    )


def load_recorder_or_exit(load_config: Callable[[], Config]) -> Config:
    """Return a configuration that records homes; that of a relay does not, so leave with 78."""
    config = load_or_exit(load_config)
    if config.relay is not None:
        click.echo(f"{config.source}: this is the file of a relay, which records no home", err=True)
        sys.exit(WRONG_CONFIGURATION)
    return config


def load_or_exit(load_config: Callable[[], Config]) -> Config:
    """Return the configuration, or say what is wrong with it and leave with 78."""
    try:
        return load_config()
    except ConfigurationError as error:
        click.echo(str(error), err=True)
        sys.exit(WRONG_CONFIGURATION)
