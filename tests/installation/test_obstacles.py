"""A service that could not run is not installed, and the reason is said."""

from pathlib import Path

import pytest

from trio_ingest.installation.obstacles import obstacles


@pytest.mark.parametrize(
    ("program", "setting"),
    [
        ("/home/anna/venv/bin/trio-ingest", "ProtectHome="),
        ("/root/venv/bin/trio-ingest", "ProtectHome="),
        ("/tmp/venv/bin/trio-ingest", "PrivateTmp="),
    ],
)
def test_hidden_places(program: str, setting: str) -> None:
    """What lies where the unit hides everything is named, with the line that hides it."""
    (found,) = [each for each in obstacles(Path(program), ()) if each.startswith(f"{program}: ")]

    assert setting in found


def test_a_link_into_a_hidden_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment in a public place is no use if its Python is in a hidden one."""
    monkeypatch.setattr("trio_ingest.installation.obstacles.HIDDEN", {tmp_path / "home": "X="})
    python = tmp_path / "python"
    python.symlink_to(tmp_path / "home" / "python")
    tmp_path.joinpath("home").mkdir()

    assert any(each.startswith(f"{python.resolve()}: X= hides") for each in obstacles(python, ()))


def test_a_closed_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory that others may not enter is named."""
    monkeypatch.setattr("trio_ingest.installation.obstacles.HIDDEN", {})
    program = tmp_path / "closed" / "trio-ingest"
    program.parent.mkdir(mode=0o700)
    closed = next(each for each in [*reversed(program.parents)] if not each.stat().st_mode & 1)

    assert f"{program}: other users may not enter {closed}" in obstacles(program, ())


def test_a_path_that_no_unit_can_name() -> None:
    """A space in the path is an obstacle, a percent sign is none."""
    assert "spaces" in "".join(obstacles(Path("/usr/a b"), ()))
    assert [] == list(obstacles(Path("/usr/50%"), ()))
