"""docs/admin.md names every metric, with its labels and the words of its help text."""

from pathlib import Path

from trio_ingest.admin.families import families

PAGE = Path(__file__).parents[2] / "docs" / "admin.md"


def test_every_metric_is_documented() -> None:
    """The table has the metrics that there are, in their order, and no others."""
    rows = [
        f"| `{each.name}{'_total' if each.kind == 'counter' else ''}` "
        f"| {', '.join(f'`{label}`' for label in each.labels)} | {each.help} |"
        for each in families()
    ]

    table = PAGE.read_text(encoding="utf-8").partition("|---|---|---|\n")[2]

    assert rows == table.splitlines()
