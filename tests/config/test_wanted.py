"""What a configuration means for each part, and what differs between two."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.config.support import load_text
from trio_ingest.config.wanted import (
    changes_between,
    wanted_admin,
    wanted_homes,
    wanted_lanes,
)

tables = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 2))


@given(tables, tables)
def test_changes_lead_from_the_old_to_the_new(old: dict[str, int], new: dict[str, int]) -> None:
    """Taking away what has gone and putting what is new or otherwise makes the new of the old."""
    changes = changes_between(old, new)

    left = {name: each for name, each in old.items() if name not in changes.removed}
    put = {name: new[name] for name in (*changes.added, *changes.changed)}
    assert left | put == new
    assert not put.keys() & changes.removed
    assert all(old.get(name) != new[name] for name in put)


def configuration(token: str = "token = 'abc'", more: str = "") -> str:
    return f"""
        [home_assistant.north]
        url = "http://north:8123"
        {token}
        [sink.data]
        kind = "sqlite"
        path = "home.db"
        {more}
    """


def test_a_secret_is_what_is_in_its_file(tmp_path: Path) -> None:
    """A file that holds another token than before is a change of its home, though no key differs."""
    secret = tmp_path / "token"
    secret.write_text("first")
    text = configuration("token_file = 'token'")
    before = wanted_homes(load_text(tmp_path, text))
    again = wanted_homes(load_text(tmp_path, text))
    secret.write_text("second")
    after = wanted_homes(load_text(tmp_path, text))

    assert before == again
    assert list(changes_between(before, after).changed) == ["north"]
    assert "first" not in repr(before)


def test_a_lane_depends_on_its_sink_and_on_which_homes_there_are(tmp_path: Path) -> None:
    """Another home is another thing to record for a lane; how a home is reached is not."""
    one = load_text(tmp_path, configuration())
    elsewhere = load_text(tmp_path, configuration().replace("north:8123", "south:8123"))
    two = load_text(
        tmp_path,
        configuration(more="[home_assistant.south]\nurl = 'http://south:8123'\ntoken = 'abc'"),
    )
    filtered = load_text(tmp_path, configuration(more="include.domains = ['light']"))

    def changed(new: object) -> list[str]:
        return list(changes_between(wanted_lanes(one), wanted_lanes(new)).changed)  # type: ignore[arg-type]

    assert changed(elsewhere) == []
    assert changed(two) == ["data"]
    assert changed(filtered) == ["data"]
    assert wanted_homes(one).keys() < wanted_homes(two).keys()


def test_each_part_looks_at_its_own_table(tmp_path: Path) -> None:
    """The admin server is a part by itself."""
    one = load_text(tmp_path, configuration())
    other = load_text(tmp_path, f"admin.listen = ''\n{configuration()}")

    assert wanted_lanes(one) == wanted_lanes(other)
    assert wanted_homes(one) == wanted_homes(other)
    assert wanted_admin(one) != wanted_admin(other)


def test_a_lane_depends_on_the_secrets_of_its_sink(tmp_path: Path) -> None:
    """Also a NATS sink begins anew when its file of credentials holds others."""
    secret = tmp_path / "creds"
    text = configuration().replace(
        'kind = "sqlite"\n        path = "home.db"',
        "kind = \"nats\"\nservers = ['nats://n']\ncredentials_file = 'creds'",
    )
    secret.write_text("first")
    before = wanted_lanes(load_text(tmp_path, text))
    secret.write_text("second")
    after = wanted_lanes(load_text(tmp_path, text))

    assert list(changes_between(before, after).changed) == ["data"]
    assert "first" not in repr(before)
