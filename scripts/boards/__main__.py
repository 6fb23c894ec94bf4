"""Writes the boards of docs/grafana: `python -m scripts.boards`."""

from pathlib import Path

from scripts.boards.all_boards import all_boards

FOLDER = Path(__file__).parents[2] / "docs" / "grafana"

for name, text in all_boards().items():
    (FOLDER / name).write_text(text, encoding="utf-8")
    print(FOLDER / name)
