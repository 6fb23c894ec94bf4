"""The embedded database."""

import sqlite3
import stat
from contextlib import closing

import msgspec
import pytest
import trio
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from trio_ingest.config.sink_model import AttributesConfig, SqliteSinkConfig
from trio_ingest.model.attributes import Attributes
from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.model.outcome import Accepted, Refused, TryLater
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.model.state_change import Context, HomeEvent, State, StateChange
from trio_ingest.model.statistic import Statistic, StatisticRow
from trio_ingest.processing.event_rows import EventRowEncoder
from trio_ingest.processing.rows import RowEncoder
from trio_ingest.processing.statistic_rows import StatisticRowEncoder
from trio_ingest.sinks.sqlite import ADVICE, explain, open_sqlite_sink
from trio_ingest.sinks.sqlite_rows import read_rows
from trio_ingest.sqlite_file import UnusableFileError

TIME = 1_790_000_000_000_042  # 2026-09-21T14:13:20.000042Z
KITCHEN = Entry(area="Küche", device="Thermometer", floor="Erdgeschoss")


@pytest.fixture
def config(tmp_path):
    return SqliteSinkConfig(name="embedded", path=tmp_path / "state" / "home.db")


def change(value, time=TIME, entity_id="sensor.kitchen", attributes=None):
    state = (
        None if value is None else State(value=value, attributes=Attributes.of(attributes or {}))
    )
    return StateChange(entity_id=entity_id, time=time, state=state)


def make_batch(*changes, home="home", places=None):
    registry = Registry(entries={"sensor.kitchen": KITCHEN} if places is None else places)
    encoder = RowEncoder({home: Latest(registry)}, AttributesConfig(), {"site": "north"})
    return batch_of_lines(*(encoder.encode(home, each).encode() for each in changes))


def make_event_lines(*events, home="home"):
    encoder = EventRowEncoder({"site": "north"})
    return [encoder.encode(home, each).encode() for each in events]


def call(service="turn_on", **context):
    return HomeEvent(
        event_type="call_service",
        time=TIME,
        data={"domain": "light", "service": service, "entity_id": ["light.x", "light.y"]},
        context=Context(**{"id": "01", **context}),
    )


def batch_of_lines(*lines):
    return Batch.of_lines(lines, encoding=Encoding.ROWS, first=TIME, last=TIME)


def query(config, sql):
    """Ask as another program does, while the sink is open."""
    with closing(sqlite3.connect(config.path)) as connection:
        return connection.execute(sql).fetchall()


async def test_rows_are_written(config):
    """Once a batch is accepted every column of its rows can be read by another program."""
    attributes = {"unit_of_measurement": "°C", "big": 2**70, "list": [1, {"a": None}]}
    async with open_sqlite_sink(config) as sink:
        outcome = await sink.write(
            make_batch(change("21.50", attributes=attributes), change(None, TIME + 1))
        )

        assert Accepted() == outcome
        assert query(config, "SELECT * FROM state_changes ORDER BY time_us") == [
            (
                "sensor.kitchen",
                TIME,
                "home",
                "21.50",
                21.5,
                '{"unit_of_measurement":"°C","big":1180591620717411303424,"list":[1,{"a":null}]}',
                "Küche",
                "Thermometer",
                "Erdgeschoss",
                '{"site":"north"}',
            ),
            (
                "sensor.kitchen",
                TIME + 1,
                "home",
                "removed",
                None,
                "{}",
                "Küche",
                "Thermometer",
                "Erdgeschoss",
                '{"site":"north"}',
            ),
        ]


async def test_writing_twice_changes_nothing(config):
    """A batch that is sent twice is there once, in the same rows."""
    batch = make_batch(change("on"), change("off", TIME + 1))
    async with open_sqlite_sink(config) as sink:
        await sink.write(batch)
        before = query(config, "SELECT rowid, * FROM state_changes")

        assert Accepted() == await sink.write(batch)

        assert before == query(config, "SELECT rowid, * FROM state_changes")


RICH = {"brightness": 3, "effect_list": ["a"], "friendly_name": "Light"}
POOR = {"friendly_name": "Light"}


@pytest.mark.parametrize("rich_is_last", [False, True])
async def test_a_poorer_reading_takes_nothing_away(config, rich_is_last):
    """Whatever comes first: of the same state the row has all that was told of it once."""
    mapped = make_batch(change("on", attributes=RICH))
    poor = make_batch(change("on", attributes=POOR), places={})
    batches = [poor, mapped] if rich_is_last else [mapped, poor]
    async with open_sqlite_sink(config) as sink:
        for batch in batches:
            assert Accepted() == await sink.write(batch)

        [row] = query(config, "SELECT state, value, attributes, area, device, floor FROM states")

    assert ("on", 1.0, msgspec.json.encode(RICH).decode()) == row[:3]
    assert ("Küche", "Thermometer", "Erdgeschoss") == row[3:]


async def test_a_number_is_not_taken_away(config):
    """A number that `value_map` has for the state stays, when it cannot be looked up any more."""
    word, line = ["home", "sensor.kitchen", TIME, "heat"], [{}, None, None, None, {}]
    async with open_sqlite_sink(config) as sink:
        for number in (7.0, None):
            row = msgspec.json.encode([*word, number, *line])
            assert Accepted() == await sink.write(batch_of_lines(row))

        assert [(7.0,)] == query(config, "SELECT value FROM states")


async def test_another_state_replaces_the_whole(config):
    """What belongs to another state of the same instant does not stay behind, however long."""
    async with open_sqlite_sink(config) as sink:
        await sink.write(make_batch(change("on", attributes=RICH)))
        await sink.write(make_batch(change("gone", attributes=POOR)))

        rows = query(config, "SELECT state, value, attributes FROM states")

    assert [("gone", None, '{"friendly_name":"Light"}')] == rows


async def test_identity(config):
    """Entity, instant and home together tell rows apart; the last one written for them counts."""
    async with open_sqlite_sink(config) as sink:
        await sink.write(make_batch(change("1"), change("2", TIME + 1)))
        await sink.write(make_batch(change("3", entity_id="sensor.hall")))
        await sink.write(make_batch(change("4"), home="cabin"))
        await sink.write(make_batch(change("5"), places={}))

    rows = query(config, "SELECT state, area FROM state_changes ORDER BY state")
    assert [("2", "Küche"), ("3", None), ("4", "Küche"), ("5", None)] == rows


async def test_events_are_written(config):
    """An event is a row with its subject and its context, beside the state changes of its batch."""
    lines = make_event_lines(call(user_id="anna", parent_id="00"))
    async with open_sqlite_sink(config) as sink:
        outcome = await sink.write(batch_of_lines(*lines, *make_batch(change("on")).lines()))

    assert Accepted() == outcome
    assert [
        (
            "call_service",
            TIME,
            "home",
            0,
            "light",
            "turn_on",
            "light.x,light.y",
            "01",
            "anna",
            "00",
            '{"domain":"light","service":"turn_on","entity_id":["light.x","light.y"]}',
            '{"site":"north"}',
        )
    ] == query(config, "SELECT * FROM events")
    assert [("on",)] == query(config, "SELECT state FROM state_changes")


async def test_events_are_written_once(config):
    """A batch of events that is sent twice is there once; those of one microsecond are all there."""
    lines = [
        *make_event_lines(call(), call("turn_off")),
        *make_event_lines(call(), home="cabin"),
    ]
    async with open_sqlite_sink(config) as sink:
        await sink.write(batch_of_lines(*lines))
        before = query(config, "SELECT rowid, * FROM events")

        assert Accepted() == await sink.write(batch_of_lines(*lines))

        assert before == query(config, "SELECT rowid, * FROM events")
    assert [("cabin", "turn_on"), ("home", "turn_off"), ("home", "turn_on")] == query(
        config, "SELECT home, service FROM events ORDER BY home, service"
    )


async def test_older_database(config):
    """A database from before there were events takes them, and keeps what it has."""
    async with open_sqlite_sink(config) as sink:
        await sink.write(make_batch(change("on")))
    with closing(sqlite3.connect(config.path)) as connection:
        connection.execute("DROP TABLE events")

    async with open_sqlite_sink(config) as sink:
        assert Accepted() == await sink.write(batch_of_lines(*make_event_lines(call())))

    assert [(1,)] == query(config, "SELECT count(*) FROM events")
    assert [(1,)] == query(config, "SELECT count(*) FROM state_changes")


async def test_opened_while_others_write(config):
    """Another program that is writing does not keep a database from being opened again."""
    async with open_sqlite_sink(config):
        pass
    with closing(sqlite3.connect(config.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        async with open_sqlite_sink(config):
            assert [] == query(config, "SELECT * FROM events")


async def test_views(config):
    """`states` shows instants that people can read, `latest` the newest change of each entity."""
    attributes = {"unit_of_measurement": "°C", "friendly_name": "Küche"}
    async with open_sqlite_sink(config) as sink:
        await sink.write(make_batch(change("20", TIME + 7), change("19", attributes=attributes)))
        await sink.write(make_batch(change("18"), home="cabin"))

    [row] = query(config, "SELECT time, state, unit, name FROM states WHERE unit IS NOT NULL")
    assert ("2026-09-21T14:13:20.000042Z", "19", "°C", "Küche") == row
    [(local, reference)] = query(
        config,
        "SELECT local_time, datetime(1790000000, 'unixepoch', 'localtime') FROM states LIMIT 1",
    )
    assert reference == local
    latest = query(config, "SELECT home, entity_id, state FROM latest ORDER BY home")
    assert [("cabin", "sensor.kitchen", "18"), ("home", "sensor.kitchen", "20")] == latest


@pytest.mark.parametrize(
    ("where", "index"),
    [
        ("entity_id = 'sensor.kitchen' AND time_us > 7", "entity_id=? AND time_us>?"),
        ("time_us > 7", "state_changes_by_time"),
    ],
    ids=["entity", "time"],
)
async def test_indexes(config, where, index):
    """Neither the changes of an entity nor those since an instant need a look at every row."""
    async with open_sqlite_sink(config):
        [(*_, plan)] = query(config, f"EXPLAIN QUERY PLAN SELECT * FROM states WHERE {where}")

    assert index in plan


async def test_bad_lines(config):
    """Lines that are no rows are named one by one, and nothing of their batch is written."""
    good = make_batch(change("on")).lines()[0]
    bad = [b"", b"{}", b"[1]", b"sensor value=1 1", b'["home"', b"\xff", good.replace(b"17", b'"')]
    bad.append(good.replace(str(TIME).encode(), str(2**63).encode()))
    bad.append(good.replace(b"north", b"\xff"))
    bad.append(good.replace(b'{"site":"north"}', b"[" * 100_000))
    [event] = make_event_lines(call())
    bad += [event.replace(b'"home":"home",', b""), event.replace(b'"context_id":"01"', b'"a":1')]
    async with open_sqlite_sink(config) as sink:
        outcome = await sink.write(batch_of_lines(good, *bad))

        assert isinstance(outcome, Refused)
        assert list(range(1, len(bad) + 1)) == list(outcome.bad_lines)
        assert all(reason.startswith("not a row: ") for reason in outcome.bad_lines.values())
        assert [] == query(config, "SELECT * FROM state_changes")
        assert Accepted() == await sink.write(batch_of_lines(good))


async def test_other_encodings(config):
    """A batch for another kind of sink is refused, all its lines at once."""
    batch = evolve(make_batch(change("1"), change("2")), encoding=Encoding.LINE_PROTOCOL_US)
    async with open_sqlite_sink(config) as sink:
        outcome = await sink.write(batch)

    assert isinstance(outcome, Refused)
    assert {0, 1} == set(outcome.bad_lines)
    assert "line-protocol/us" in outcome.reason


async def test_locked(config):
    """While another program is writing the batch is to be tried later, and then it is taken."""
    batch = make_batch(change("on"))
    async with open_sqlite_sink(config) as sink:
        with closing(sqlite3.connect(config.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")

            outcome = await sink.write(batch)

            assert isinstance(outcome, TryLater)
            assert not outcome.needs_operator
            assert "locked" in outcome.reason
        assert Accepted() == await sink.write(batch)


async def test_reader_is_no_obstacle(config):
    """A program that reads for long does not hold up the writing, nor sees half a batch."""
    async with open_sqlite_sink(config) as sink:
        await sink.write(make_batch(change("on")))
        with closing(sqlite3.connect(config.path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            count = "SELECT count(*) FROM state_changes"
            assert (1,) == reader.execute(count).fetchone()

            assert Accepted() == await sink.write(make_batch(change("off", TIME + 1)))

            assert (1,) == reader.execute(count).fetchone()
            reader.execute("COMMIT")
            assert (2,) == reader.execute(count).fetchone()


async def test_full_disk(config):
    """A full disk needs the operator; nothing of the batch is there, and later it is taken."""
    many = make_batch(*(change("x" * 200, TIME + n) for n in range(500)))
    async with open_sqlite_sink(config) as sink:
        sink._connection.execute("PRAGMA max_page_count = 10")

        outcome = await sink.write(many)

        assert isinstance(outcome, TryLater)
        assert outcome.needs_operator
        assert "full; make room on its disk" in outcome.reason
        assert [(0,)] == query(config, "SELECT count(*) FROM state_changes")
        sink._connection.execute("PRAGMA max_page_count = 100000")
        assert Accepted() == await sink.write(many)


@pytest.mark.parametrize("moved", [True, False], ids=["moved", "replaced"])
async def test_file_taken_away(config, moved):
    """Nothing is accepted into a file that is no longer there for others."""
    async with open_sqlite_sink(config) as sink:
        config.path.rename(config.path.with_name("old.db"))
        if not moved:
            config.path.touch()

        outcome = await sink.write(make_batch(change("on")))

        assert isinstance(outcome, TryLater)
        assert outcome.needs_operator
        assert "restart trio-ingest" in outcome.reason


async def test_commits_survive_a_power_cut(config):
    """A commit is on the platter before the batch is accepted: the spool lets it go then."""
    async with open_sqlite_sink(config) as sink:
        assert ("wal",) == sink._connection.execute("PRAGMA journal_mode").fetchone()
        assert (2,) == sink._connection.execute("PRAGMA synchronous").fetchone()


async def test_reopened(config):
    """What was written is there after a restart, in a file that only its owner may read."""
    async with open_sqlite_sink(config) as sink:
        await sink.write(make_batch(change("on")))

    async with open_sqlite_sink(config) as sink:
        await sink.write(make_batch(change("off", TIME + 1)))
        assert [("on",), ("off",)] == query(config, "SELECT state FROM states ORDER BY time")

    assert 0o600 == stat.S_IMODE(config.path.stat().st_mode)


async def test_foreign_database(config):
    """A database of another program is left alone, and the message says what to do."""
    config.path.parent.mkdir()
    with closing(sqlite3.connect(config.path)) as connection:
        connection.execute("CREATE TABLE precious (thing)")

    with pytest.raises(UnusableFileError, match=r"not a database of trio-ingest.*another path"):
        async with open_sqlite_sink(config):
            pass


async def test_damaged_database(config):
    """A file that is no database is called damaged, with what to do."""
    config.path.parent.mkdir()
    config.path.write_bytes(b"Dear diary" * 1000)

    with pytest.raises(UnusableFileError, match=r"is damaged.*Move it away"):
        async with open_sqlite_sink(config):
            pass


async def test_cancelled_write_is_whole(config):
    """A write that is cancelled has either not begun or is committed as a whole."""
    batch = make_batch(*(change("on", TIME + n) for n in range(1000)))
    async with open_sqlite_sink(config) as sink:
        for milliseconds in range(8):
            with trio.move_on_after(milliseconds / 1000):
                await sink.write(batch)

            assert query(config, "SELECT count(*) FROM state_changes") in ([(0,)], [(1000,)])


@pytest.mark.parametrize("code", ADVICE, ids=[str(code) for code in ADVICE])
def test_trouble_with_the_disk(code, tmp_path):
    """What waiting alone cannot mend says what to do; SQLite's refinements change nothing."""
    error = sqlite3.DatabaseError("trouble")
    error.sqlite_errorcode = code | 0x500

    outcome = explain(error, tmp_path / "home.db")

    assert outcome.needs_operator
    assert f"{tmp_path / 'home.db'}: trouble; {ADVICE[code]}" == outcome.reason


async def test_bug_is_raised(config):
    """What SQLite says of a bug of ours is not taken for weather."""
    async with open_sqlite_sink(config) as sink:
        sink._connection.execute("DROP TABLE state_changes")

        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            await sink.write(make_batch(change("on")))


@settings(deadline=None, max_examples=100)
@given(
    st.text(max_size=20),
    st.dictionaries(st.text(max_size=9), st.integers() | st.floats() | st.text(), max_size=5),
)
def test_encoder_and_sink_agree(value, attributes):
    """Whatever the encoder writes the sink can read."""
    attributes = msgspec.json.decode(msgspec.json.encode(attributes))

    rows, bad_lines = read_rows(make_batch(change(value, attributes=attributes)).lines())

    assert {} == bad_lines
    [(_, entity_id, time, state, _, text, *_)] = rows.changes
    assert ("sensor.kitchen", TIME, value) == (entity_id, time, state)
    assert attributes == msgspec.json.decode(text)


async def test_statistics_are_written_and_corrected(config):
    """An hour of a statistic is a row of its own; told again it has the numbers told last."""
    statistic = Statistic(statistic_id="sensor.kitchen", source="recorder", unit="kWh")
    encoder = StatisticRowEncoder(
        {"home": Latest(Registry(entries={"sensor.kitchen": KITCHEN}))}, {}
    )
    hours = [StatisticRow(statistic=statistic, time=TIME, sum=total) for total in (1.0, 2.5)]
    async with open_sqlite_sink(config) as sink:
        for hour in hours:
            line = encoder.encode("home", hour).encode()
            assert Accepted() == await sink.write(batch_of_lines(line))

        found = query(config, "SELECT statistic_id, time_us, unit, mean, sum, area FROM statistics")

    assert [("sensor.kitchen", TIME, "kWh", None, 2.5, "Küche")] == found
