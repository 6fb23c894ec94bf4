"""What is known of the entities, in the spool's file."""

import random
import sqlite3
import zlib
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.spool.batches import make_batch
from tests.spool.ruins import PAGE_BYTES, query
from tests.spool.spools import execute
from trio_ingest.config.sink_model import SpoolConfig
from trio_ingest.model.progress import Known, Progress
from trio_ingest.spool import news, tables
from trio_ingest.spool.known import known_entities
from trio_ingest.spool.mending import open_mending_store
from trio_ingest.spool.news import CREATE_NEWS, KnownByHome, News
from trio_ingest.spool.rows import DamagedRowError
from trio_ingest.spool.store import open_store

CONFIG = SpoolConfig()
KNOWN = st.builds(Known, st.integers(0, 2**62), st.none() | st.integers(-(2**63), 2**63 - 1))
NAMES = st.sampled_from(["light.a", "light.b", "sensor.\u00fc"])
NEWS = st.dictionaries(
    st.sampled_from(["home", "cabin"]), st.dictionaries(NAMES, KNOWN, max_size=3), max_size=2
)

FAILS_AT_COMMIT = """
    PRAGMA foreign_keys = ON;
    CREATE TABLE parent (number INTEGER PRIMARY KEY);
    CREATE TABLE child (number INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
    CREATE TEMP TRIGGER fails AFTER INSERT ON news BEGIN INSERT INTO child VALUES (7); END;
"""
TO_FORMAT_2 = """
    DROP TABLE news;
    CREATE TABLE known (
        home TEXT NOT NULL,
        entity_id TEXT NOT NULL,
        time INTEGER NOT NULL,
        fingerprint INTEGER,
        PRIMARY KEY (home, entity_id)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO known VALUES
        ('home', 'light.a', 20, -3380485778869314343),
        ('home', 'light.gone', 10, NULL),
        ('cabin', 'light.a', 5, 9223372036854775807);
    PRAGMA user_version = 2;
"""
WAS_KNOWN = {
    "home": {"light.a": Known(20, -3380485778869314343), "light.gone": Known(10, None)},
    "cabin": {"light.a": Known(5, 2**63 - 1)},
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "spool.db"


@pytest.fixture
def of_format_2(path):
    """A spool as version 2 of the format left it, with a batch in it."""
    with open_store(path, CONFIG) as store:
        store.append(make_batch(20))
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(TO_FORMAT_2)
    return path


def merged(all_news: list[KnownByHome]) -> KnownByHome:
    known: dict[str, dict[str, Known]] = {}
    for each in all_news:
        for home, entities in each.items():
            known.setdefault(home, {}).update(entities)
    return {home: entities for home, entities in known.items() if entities}


@given(st.lists(NEWS))
def test_the_newest_counts(all_news: list[KnownByHome]) -> None:
    """However the rows were joined, the last that was said of an entity is what is known of it."""
    with closing(sqlite3.connect(":memory:")) as connection, pytest.MonkeyPatch.context() as patch:
        patch.setattr(news, "LEAST_BYTES", 100)
        connection.execute(CREATE_NEWS)
        writing = News(connection)

        for number, each in enumerate(all_news, 1):
            writing.write_down(each)
            writing.committed()
            known = merged(all_news[:number])
            assert (known, known) == (writing.everything(), news.read_all(connection))


def test_they_stay_short() -> None:
    """The rows are never longer than four times all that is known, and a bit."""
    draw = random.Random(1)
    entities = [f"sensor.n{number}" for number in range(2000)]
    sizes = []
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(CREATE_NEWS)
        writing = News(connection)
        for time in range(600):
            some = draw.sample(entities, 50)
            known = {each: Known(time, draw.getrandbits(63)) for each in some}
            writing.write_down({"home": known})
            writing.committed()
            sizes += connection.execute("SELECT sum(length(known)) FROM news").fetchone()
            if time % 10 == 0:
                writing = News(connection)  # restarts do not make them longer
        everything = len(news.pack(writing.everything()))

    most = news.LEAST_BYTES + (1 + news.TIMES_THE_FIRST) * everything
    assert news.LEAST_BYTES + everything < max(sizes) < most + 2 * sizes[0] < 600 * sizes[0]


def test_what_fails_changes_nothing(path, monkeypatch):
    """When the commit itself fails, rows that had become one are as they were."""
    with open_store(path, CONFIG) as store:
        store.note(Progress(known={"home": {"light.a": Known(1, 1)}}))
        before = store.recollect()
        monkeypatch.setattr(news, "LEAST_BYTES", 0)
        monkeypatch.setattr(news, "TIMES_THE_FIRST", 0)
        store._connection.executescript(FAILS_AT_COMMIT)
        more = {"home": {"light.a": Known(2, 2), "light.b": Known(2, 2)}}

        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
            store.note(Progress(known={"home": {"light.never": Known(2, 2)}}))
        assert before == store.recollect()

        store._connection.execute("DROP TRIGGER fails")
        store.note(Progress(known=more))
        assert more == store.recollect().known
        assert [(1,)] == query(path, "SELECT count(*) FROM news")


@pytest.mark.parametrize("place", [0, 1, 20, -1])
def test_a_flipped_bit_is_noticed(path, place):
    """What makes no sense any more is left out, and anything may be missing; the rest is known."""
    with open_store(path, CONFIG) as store:
        store.note(Progress(known={"home": {"light.a": Known(1, 1)}}))
        store.note(Progress(known={"home": {"light.b": Known(2, 2)}}))
        store.append(make_batch(3))
    [(packed,)] = execute(path, "SELECT known FROM news WHERE number = 2")
    spoilt = bytearray(packed)
    spoilt[place] ^= 4
    execute(path, "UPDATE news SET known = ? WHERE number = 2", bytes(spoilt))

    assert set() == set(known_entities(path, "home"))
    with open_mending_store(path, CONFIG) as store:
        assert store.recollect().is_damaged
        assert {"home": {"light.a": Known(1, 1)}} == store.recollect().known
        assert 3 == store.oldest().batch.last


def test_sound_but_nonsense(path):
    """So is what can be unpacked and is something else."""
    for nonsense in (b"", zlib.compress(b""), zlib.compress(b"\x81\xa1h\x92\x01\x02")):
        with pytest.raises(DamagedRowError):
            news.unpack(nonsense)


def test_format_2(of_format_2):
    """What a spool of format 2 knew is known, and its batch waits; it is of format 3 then."""
    with open_mending_store(of_format_2, CONFIG) as store:
        assert WAS_KNOWN == store.recollect().known
        assert not store.recollect().is_damaged
        assert 20 == store.oldest().batch.last

    assert [(3,)] == query(of_format_2, "PRAGMA user_version")
    assert [] == query(of_format_2, "SELECT * FROM sqlite_schema WHERE name = 'known'")
    assert {"light.a", "light.gone"} == known_entities(of_format_2, "home")


def test_new_and_brought_over_are_alike(of_format_2, tmp_path):
    """A file that was brought over has the tables of a new one."""
    schema = "SELECT sql FROM sqlite_schema WHERE name = 'news'"
    for each in (of_format_2, tmp_path / "new.db"):
        with open_store(each, CONFIG):
            pass

    assert query(tmp_path / "new.db", schema) == query(of_format_2, schema)


def test_format_2_interrupted(of_format_2):
    """When it is cut off in the middle, the file is of format 2 as before, and the next goes on."""
    before = query(of_format_2, "SELECT * FROM known")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "ADD_NEWS", "INSERT INTO nowhere VALUES (?)")
        with pytest.raises(Exception, match="nowhere"), open_store(of_format_2, CONFIG):
            pass

    assert before == query(of_format_2, "SELECT * FROM known")
    with open_store(of_format_2, CONFIG) as store:
        assert WAS_KNOWN == store.recollect().known


def test_damage_of_format_2(of_format_2):
    """Of a spool of format 2 whose table cannot be read to the end the rest is carried over."""
    entities = [f"sensor.number_{number:04}" for number in range(2000)]
    with closing(sqlite3.connect(of_format_2)) as connection, connection:
        rows = [("home", each, 7, 7) for each in entities]
        connection.executemany("INSERT INTO known VALUES (?, ?, ?, ?)", rows)
    content = bytearray(of_format_2.read_bytes())
    page = content.index(b"sensor.number_1000") // PAGE_BYTES * PAGE_BYTES
    content[page : page + PAGE_BYTES] = b"\xa5" * PAGE_BYTES
    of_format_2.write_bytes(content)

    with open_mending_store(of_format_2, CONFIG) as store:
        recollection = store.recollect()
        assert recollection.is_damaged
        assert WAS_KNOWN["cabin"] == recollection.known["cabin"]
        assert 1800 < len(recollection.known["home"]) < 2000
        assert Known(7, 7) == recollection.known["home"]["sensor.number_0000"]
        assert Known(7, 7) == recollection.known["home"]["sensor.number_1999"]
        assert 20 == store.oldest().batch.last
