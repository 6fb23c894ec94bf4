"""How far an import has come is on disk, and belongs to that import alone."""

import logging
import os
from pathlib import Path

import pytest
from attrs import evolve

from trio_ingest.importing.bookmark import Task, hold_bookmarks, open_bookmark
from trio_ingest.importing.order import ImportFailed
from trio_ingest.importing.period import Period

TASK = Task(home="home", sinks=["file", "influx"], first=100, asked_last=None)
PERIOD = Period(first=100, last=900)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "import"


async def test_it_goes_on(directory: Path) -> None:
    """The same import goes on where it was, and up to where it was to go at first."""
    with hold_bookmarks(directory):
        await open_bookmark(directory, TASK, PERIOD, anew=False).advance("states", 500)

        found = open_bookmark(directory, TASK, Period(first=100, last=990), anew=False)

    assert (500, 100) == (found.done_until("states"), found.done_until("statistics"))
    assert PERIOD == found.period


@pytest.mark.parametrize(
    "other",
    [{"home": "cabin"}, {"sinks": ["file"]}, {"first": 101}, {"asked_last": 900}],
)
async def test_another_import_begins(directory: Path, other: dict[str, object]) -> None:
    """For another home, sink or period nothing has been done yet."""
    with hold_bookmarks(directory):
        await open_bookmark(directory, TASK, PERIOD, anew=False).advance("states", 500)

        found = open_bookmark(directory, evolve(TASK, **other), PERIOD, anew=False)

    assert PERIOD.first == found.done_until("states")


async def test_the_order_of_sinks_is_nothing(directory: Path) -> None:
    """The same sinks in another order are the same import."""
    with hold_bookmarks(directory):
        await open_bookmark(directory, TASK, PERIOD, anew=False).advance("states", 500)

        other = evolve(TASK, sinks=["influx", "file"])
        found = open_bookmark(directory, other, PERIOD, anew=False)

    assert 500 == found.done_until("states")


async def test_anew_and_over(directory: Path) -> None:
    """Told to, or once it is over, the same import begins anew."""
    with hold_bookmarks(directory):
        bookmark = open_bookmark(directory, TASK, PERIOD, anew=False)
        await bookmark.advance("states", 500)
        assert 100 == open_bookmark(directory, TASK, PERIOD, anew=True).done_until("states")

        bookmark.remove()

        assert 100 == open_bookmark(directory, TASK, PERIOD, anew=False).done_until("states")


@pytest.mark.parametrize("content", [b"", b"{", b'{"done": 5}', b"\xff\x00"])
async def test_nonsense(directory: Path, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """A file that makes no sense is said, and all is imported again: the points are the same."""
    caplog.set_level(logging.WARNING)
    with hold_bookmarks(directory):
        (directory / TASK.file_name).write_bytes(content)

        found = open_bookmark(directory, TASK, PERIOD, anew=False)

    assert 100 == found.done_until("states")
    assert "begins anew" in caplog.text


def test_one_at_a_time(directory: Path) -> None:
    """Two imports at once would not know of each other's progress."""
    with (
        hold_bookmarks(directory),
        pytest.raises(ImportFailed, match="under way"),
        hold_bookmarks(directory),
    ):
        pass


async def test_what_root_makes_belongs_to_the_daemon(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What root has begun can be gone on with by whom the state directory belongs to."""
    given: dict[str, int] = {}
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda path, uid, _: given.update({Path(path).suffix: uid}))

    with hold_bookmarks(directory):
        await open_bookmark(directory, TASK, PERIOD, anew=False).advance("states", 5)

    owner = os.getuid()
    assert {"": owner, ".new": owner} == given


async def test_without_a_directory(directory: Path) -> None:
    """A dry run keeps nothing."""
    bookmark = open_bookmark(None, TASK, PERIOD, anew=False)
    await bookmark.advance("states", 500)
    bookmark.remove()

    assert 500 == bookmark.done_until("states")
    assert not directory.exists()  # noqa: ASYNC240 - tiny
