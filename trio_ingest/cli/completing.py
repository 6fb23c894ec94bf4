"""Shell completion: the scripts are click's; what is ours are the names of the sinks."""

from collections.abc import Sequence
from pathlib import Path

import click


def complete_sinks(context: click.Context, _: click.Parameter, incomplete: str) -> Sequence[str]:
    """Return the sinks that are meant so far; none where that cannot be found out."""
    directory = context.params.get("state_directory")
    names = configured_sinks(context) if directory is None else spooled_sinks(directory)
    return [name for name in names if name.startswith(incomplete)]


def spooled_sinks(directory: Path) -> Sequence[str]:
    """Return the names of the spools that there are."""
    return sorted(path.stem for path in (directory / "spool").glob("*.db"))


def configured_sinks(context: click.Context) -> Sequence[str]:
    """Return the names in the configuration."""
    from trio_ingest.cli.loading import loader
    from trio_ingest.config.problems import ConfigurationError

    try:
        config = loader(context.params.get("config_file"), reads_secrets=False)()
    except ConfigurationError:
        return []
    return [each.name for each in config.sinks]
