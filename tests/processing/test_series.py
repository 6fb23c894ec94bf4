"""What stands before the fields."""

from collections.abc import Mapping

import pytest

from tests.support.line_parser import parse_strictly
from trio_ingest.config.line_protocol_model import Identity
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.processing.remembered import REMEMBERED_ENTITIES
from trio_ingest.processing.series import Series

KITCHEN = Entry(area="Kitchen", device="Lamp, left", floor="Ground floor")


def series(
    places: Mapping[str, Entry] | None = None,
    tags: Mapping[str, str] | None = None,
    *,
    home_tag: bool = False,
    identity: Identity = Identity.ENTITY_ID,
    tag_labels: bool = False,
) -> Series:
    registries = {"home": Latest(Registry(entries=places or {}))}
    return Series(
        registries, tags or {}, home_tag=home_tag, identity=identity, tag_labels=tag_labels
    )


def test_order_of_tags() -> None:
    """The entity comes first, then where it is, then its home, then the constant tags as given."""
    known = series({"light.a": KITCHEN}, {"site": "north", "owner": "me"}, home_tag=True)

    assert known.of("home", "light.a") == (
        r"light,entity_id=light.a,area=Kitchen,device=Lamp\,\ left,floor=Ground\ floor,"
        "home=home,site=north,owner=me"
    )


def test_unknown_is_left_out() -> None:
    """What the registries do not know, and what is empty, is no tag at all."""
    known = series({"light.a": Entry(area="", device="Lamp")}, {"site": ""})

    assert known.of("home", "light.a") == "light,entity_id=light.a,device=Lamp"
    assert known.of("home", "light.b") == "light,entity_id=light.b"
    assert known.of("elsewhere", "light.a") == "light,entity_id=light.a"


def test_constant_tags_give_way() -> None:
    """A constant tag with the name of an entity's own counts only where there is no such."""
    known = series({"light.a": KITCHEN}, {"area": "somewhere", "entity_id": "x"})

    assert ",area=Kitchen," in known.of("home", "light.a")
    assert known.of("home", "light.b") == "light,entity_id=light.b,area=somewhere"


def test_identity_that_survives_a_rename() -> None:
    """With the registry's id as identity, an entity has one series under all its entity ids."""
    registries = {"home": Latest(Registry(entries={"light.a": Entry(registry_id="77", area="X")}))}
    known = Series(registries, {}, home_tag=False, identity=Identity.REGISTRY_ID)
    before = known.of("home", "light.a")

    registries["home"].value = Registry(entries={"light.b": Entry(registry_id="77", area="X")})

    assert known.of("home", "light.b") == before == "light,registry_id=77,area=X"


@pytest.mark.parametrize("entry", [Entry(area="X"), Entry(registry_id="", area="X")])
def test_identity_of_what_is_not_registered(entry: Entry) -> None:
    """An entity that the registry has no id for is told by its entity id all the same."""
    known = series({"light.a": entry}, identity=Identity.REGISTRY_ID)

    assert known.of("home", "light.a") == "light,entity_id=light.a,area=X"


def test_labels() -> None:
    """Where they are wanted, the labels of an entity are one tag, in the order of the alphabet."""
    places = {"light.a": Entry(labels=("Night", "Also, me", "Record")), "light.b": Entry()}
    known = series(places, {"site": "north"}, tag_labels=True)

    assert known.of("home", "light.a") == (
        r"light,entity_id=light.a,labels=Also\,\ me\,Night\,Record,site=north"
    )
    assert known.of("home", "light.b") == "light,entity_id=light.b,site=north"
    assert "labels" not in series(places).of("home", "light.a")


@pytest.mark.parametrize("name", ["", "time", "state", "value", "entity_id_str", "_x"])
def test_names_that_no_tag_may_have(name: str) -> None:
    """A constant tag that would be reserved, or a field at the same time, gets another name."""
    known = series(tags={name: "x"})

    assert known.of("home", "light.a") == f"light,entity_id=light.a,tag_{name}=x"
    assert f"tag_{name}" in known.tags


def test_latest_registry_counts() -> None:
    """A new reading of the registries shows at once, in the home that it is of and in no other."""
    registries = {name: Latest(Registry(entries={"light.a": KITCHEN})) for name in ("one", "two")}
    known = Series(registries, {}, home_tag=False)
    before = known.of("one", "light.a"), known.of("two", "light.a")

    registries["one"].value = Registry(entries={"light.a": Entry(area="Attic")})

    assert known.of("one", "light.a") == "light,entity_id=light.a,area=Attic"
    assert known.of("two", "light.a") == before[1] == before[0]


def test_longest_series() -> None:
    """Tags of any length leave the series below the 64 KiB that InfluxDB allows."""
    long = ", =" * 1000
    place = Entry(area=long, device=long, floor=long)
    known = series({f"light.{long}": place}, {f"{long}{n}": long for n in range(20)})

    line = known.of("home", f"light.{long}") + ' state="on" 1'

    assert set(parse_strictly(line).tags) >= {"entity_id", "area", "device", "floor"}


def test_memory_of_series_is_bounded() -> None:
    """Entities may come and go for ever."""
    known = series()

    for number in range(2 * REMEMBERED_ENTITIES):
        assert known.of("home", f"light.{number}") == f"light,entity_id=light.{number}"
        assert len(known._remembered.in_home("home")) <= REMEMBERED_ENTITIES
