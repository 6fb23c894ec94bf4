"""What stands before the fields."""

from collections.abc import Mapping

import pytest

from tests.support.line_parser import parse_strictly
from trio_ingest.config.line_protocol_model import Identity
from trio_ingest.model.registry import Entry, Registry
from trio_ingest.processing.series import Series

KITCHEN = Entry(area="Kitchen", device="Lamp, left", floor="Ground floor")


def series(
    tags: Mapping[str, str] | None = None,
    *,
    home_tag: bool = False,
    identity: Identity = Identity.ENTITY_ID,
    tag_labels: bool = False,
) -> Series:
    return Series(tags or {}, home_tag=home_tag, identity=identity, tag_labels=tag_labels)


def of(entity_id: str, known: Series, **entries: Entry) -> str:
    """Return the series of `light.ID` where the registry has *entries* of lights."""
    registry = Registry(entries={f"light.{name}": entry for name, entry in entries.items()})
    return known.of("home", f"light.{entity_id}", registry)


def test_order_of_tags() -> None:
    """The entity comes first, then where it is, then its home, then the constant tags as given."""
    known = series({"site": "north", "owner": "me"}, home_tag=True)

    assert of("a", known, a=KITCHEN) == (
        r"light,entity_id=light.a,area=Kitchen,device=Lamp\,\ left,floor=Ground\ floor,"
        "home=home,site=north,owner=me"
    )


def test_unknown_is_left_out() -> None:
    """What the registries do not know, and what is empty, is no tag at all."""
    known = series({"site": ""})

    assert of("a", known, a=Entry(area="", device="Lamp")) == "light,entity_id=light.a,device=Lamp"
    assert of("b", known, a=KITCHEN) == "light,entity_id=light.b"


def test_constant_tags_give_way() -> None:
    """A constant tag with the name of an entity's own counts only where there is no such."""
    known = series({"area": "somewhere", "entity_id": "x"})

    assert ",area=Kitchen," in of("a", known, a=KITCHEN)
    assert of("b", known) == "light,entity_id=light.b,area=somewhere"


def test_identity_that_survives_a_rename() -> None:
    """With the registry's id as identity, an entity has one series under all its entity ids."""
    known, entry = series(identity=Identity.REGISTRY_ID), Entry(registry_id="77", area="X")

    assert of("a", known, a=entry) == of("b", known, b=entry) == "light,registry_id=77,area=X"


@pytest.mark.parametrize("entry", [Entry(area="X"), Entry(registry_id="", area="X")])
def test_identity_of_what_is_not_registered(entry: Entry) -> None:
    """An entity that the registry has no id for is told by its entity id all the same."""
    known = series(identity=Identity.REGISTRY_ID)

    assert of("a", known, a=entry) == "light,entity_id=light.a,area=X"


def test_labels() -> None:
    """Where they are wanted, the labels of an entity are one tag, in the order of the alphabet."""
    entry = Entry(labels=("Night", "Also, me", "Record"))
    known = series({"site": "north"}, tag_labels=True)

    assert of("a", known, a=entry) == (
        r"light,entity_id=light.a,labels=Also\,\ me\,Night\,Record,site=north"
    )
    assert of("b", known, b=Entry()) == "light,entity_id=light.b,site=north"
    assert "labels" not in of("a", series(), a=entry)


@pytest.mark.parametrize("name", ["", "time", "state", "value", "entity_id_str", "_x"])
def test_names_that_no_tag_may_have(name: str) -> None:
    """A constant tag that would be reserved, or a field at the same time, gets another name."""
    known = series({name: "x"})

    assert of("a", known) == f"light,entity_id=light.a,tag_{name}=x"
    assert f"tag_{name}" in known.tags


def test_longest_series() -> None:
    """Tags of any length leave the series below the 64 KiB that InfluxDB allows."""
    long = ", =" * 1000
    place = Entry(area=long, device=long, floor=long)
    known = series({f"{long}{n}": long for n in range(20)})

    line = of(long, known, **{long: place}) + ' state="on" 1'

    assert set(parse_strictly(line).tags) >= {"entity_id", "area", "device", "floor"}
