"""Loading texts as if they were files."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from trio_ingest.config.loading import load
from trio_ingest.config.model import Config
from trio_ingest.config.problems import ConfigurationError

ENVIRONMENT = {"HOME": "/home/anna"}


def load_text(directory: Path, text: str, environment: Mapping[str, str] = ENVIRONMENT) -> Config:
    """Return what a file with *text* in *directory* configures."""
    file = directory / "trio-ingest.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return load(file, environment)


def problems_of(
    directory: Path, text: str, environment: Mapping[str, str] = ENVIRONMENT
) -> list[str]:
    """Return the problems of a file with *text* in *directory*."""
    with pytest.raises(ConfigurationError) as raised:
        load_text(directory, text, environment)
    return [str(problem) for problem in raised.value.problems]
