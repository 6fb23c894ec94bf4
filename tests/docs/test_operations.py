"""docs/operations.md."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.spool.batches import make_batch
from tests.spool.spools import execute, make_spool, refuse_lines
from trio_ingest.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
TEXT = PAGE.read_text(encoding="utf-8")
REASON = "partial write: field type conflict: …"
LINE = b'light,entity_id=light.kitchen brightness="high" 1795428000000001'
GAPS = """
    INSERT INTO gap (home, reason, began, first, last, points, is_found, outcome, why, changed) VALUES
    ('home', 'disconnected', 1795633200000000, 1, NULL, 0, 1, 'open', '', 1),
    ('home', 'disconnected', 1795626000000000, 1, 1795627800000000, 0, 1, 'repaired', '', 1)
"""


def examples() -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    return [text for language, text in fenced if not language]


def shape(text: str) -> list[str]:
    """Return the text without what depends on the time and the disk."""
    text = re.sub(r"\(\d.*? on disk\)", "(size)", text)
    text = re.sub(r", [^,\n]+ ago", ", age", text)
    text = re.sub(r"^( +1 ) \S+ \S+ UTC", r"\1 when", text, flags=re.MULTILINE)
    return text.splitlines()


@pytest.mark.parametrize(("number", "command"), [(0, "spool status"), (1, "quarantine list")])
def test_example(
    number: int, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands print what the page shows."""
    monkeypatch.chdir(tmp_path)
    path = Path("state", "spool", "influx.db")
    refuse_lines(path, LINE, reason=REASON)
    make_spool(path, make_batch(1_795_638_000_000_000, points=120))
    execute(path, GAPS)
    execute(
        path,
        "INSERT INTO gap SELECT 9, home, 'purged', 1, 1, 1, 5, 0, 'lost', '', 1 FROM checkpoint",
    )

    command_line = [*command.split(), "--state-directory", "state"]
    done = CliRunner().invoke(main, command_line, catch_exceptions=False)

    purged = "  closed gap  home: 1970-01-01 00:00:00 UTC to 1970-01-01 00:00:00 UTC (purged, 5 points): lost"
    printed = [line for line in shape(done.stdout) if line != purged]
    assert shape(examples()[number]) == printed


def test_every_option_is_told_of() -> None:
    """The page names every command and every option of them."""
    for group in ("spool", "quarantine"):
        for name, command in main.commands[group].commands.items():  # type: ignore[attr-defined]
            assert f"`trio-ingest {group} {name} [SINK]" in TEXT
            for parameter in command.params:
                if parameter.param_type_name == "option":
                    assert parameter.opts[0] in TEXT, (name, parameter.opts)
