"""Whatever was done to its file, a spool opens; what comes out was put in, and the rest is known."""

import random
import shutil
from pathlib import Path

import pytest

from tests.spool.ruins import (
    PAGE_BYTES,
    SETTLED,
    STORED,
    crashed,
    drained,
    filled,
)

ALL = list(range(SETTLED + 1, SETTLED + STORED + 1))
MAKERS = (filled, crashed)
FLIPS = 60


@pytest.fixture(params=MAKERS, ids=[each.__name__ for each in MAKERS])
def sound(request, tmp_path):
    """A spool that is in order, to be copied."""
    path = tmp_path / "sound" / "spool.db"
    path.parent.mkdir()
    request.param(path)
    return path


def copy_of(path: Path, name: str) -> Path:
    shutil.copytree(path.parent, path.parent.parent / name)
    return path.parent.parent / name / path.name


def test_sound(sound):
    """Without damage all comes out, nothing is set aside and nothing is called missing."""
    remains = drained(sound)

    assert ALL == remains.delivered
    assert not remains.is_damaged
    assert () == remains.gaps
    assert [] == remains.aside


@pytest.mark.parametrize("end", ["", "-wal"])
def test_cut(sound, end):
    """A file that was cut anywhere opens, and the batches that are left come out."""
    whole = sound.with_name(sound.name + end)
    size = whole.stat().st_size if whole.exists() else 0
    step = PAGE_BYTES * (4 if end else 1)
    cuts = [*range(0, size, step), *range(1, size, PAGE_BYTES * 5 + 777)]
    most = 0
    for cut in cuts:
        path = copy_of(sound, f"cut{cut}")
        with path.with_name(whole.name).open("r+b") as file:
            file.truncate(cut)

        remains = drained(path)

        assert [] == remains.unexplained
        if end == "":
            assert remains.is_damaged
            assert 1 == len(remains.aside)
            assert cut <= remains.aside[0].stat().st_size
        most = max(most, len(remains.delivered))
        shutil.rmtree(path.parent)
    assert not cuts or 0 < most


@pytest.mark.parametrize("seed", range(3))
def test_flipped(sound, seed):
    """Bytes that flipped anywhere cost what they hit; it opens, and what is missing is known."""
    draw = random.Random(seed)
    damaged = 0
    for number in range(FLIPS // 3):
        path = copy_of(sound, f"flip{number}")
        files = [
            each for each in path.parent.iterdir() if not each.name.endswith(("lock", "writing"))
        ]
        hit = draw.choice([each for each in files if each.name.startswith("spool")])
        content = bytearray(hit.read_bytes())
        for _ in range(draw.choice([1, 1, 20])):
            content[draw.randrange(len(content))] ^= draw.randrange(1, 256)
        hit.write_bytes(content)

        remains = drained(path)

        assert [] == remains.unexplained
        assert remains.is_damaged == bool(remains.aside)
        damaged += remains.is_damaged
        shutil.rmtree(path.parent)
    assert damaged or sound.with_name(sound.name + "-wal").exists()


def test_flipped_in_the_header(tmp_path):
    """Every byte of the header may flip."""
    sound = tmp_path / "sound" / "spool.db"
    sound.parent.mkdir()
    filled(sound)
    for offset in range(0, 100, 3):
        path = copy_of(sound, f"flip{offset}")
        content = bytearray(path.read_bytes())
        content[offset] ^= 0x81
        path.write_bytes(content)

        remains = drained(path)

        assert [] == remains.unexplained
        shutil.rmtree(path.parent)


def test_overwritten_page(sound):
    """A page that is overwritten costs the batches on it, and no other."""
    pages = sound.stat().st_size // PAGE_BYTES
    for page in range(1, pages):
        path = copy_of(sound, f"page{page}")
        path.with_name(path.name + "-wal").unlink(missing_ok=True)
        with path.open("r+b") as file:
            file.seek(page * PAGE_BYTES)
            file.write(b"\xa5" * PAGE_BYTES)

        remains = drained(path)

        assert [] == remains.unexplained
        shutil.rmtree(path.parent)


def test_flipped_in_a_name(tmp_path):
    """SQLite's words about a name that is no text any more are damage like any other."""
    path = tmp_path / "spool.db"
    filled(path)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"batch_by_firstbatch", b"batch_by_\xbdirstbatcX"))

    remains = drained(path)

    assert remains.is_damaged
    assert ALL == remains.delivered
