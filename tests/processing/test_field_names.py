"""Names of fields: the type can be read off the name, and no two attributes share one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import changes as some
from trio_ingest.processing.field_names import FieldNames

RESERVED = {"entity_id", "area", "attr_home", "site_str", "state", "value"}
NAMES = FieldNames(RESERVED)


def is_string(field: str) -> bool:
    """Tell a field's type by its name, as the module promises."""
    return field.endswith(("_str", "_json"))


@pytest.mark.parametrize(
    ("attribute", "number", "text", "nested"),
    [
        ("brightness", "brightness", "brightness_str", "brightness_json"),
        ("a b", "a b", "a b_str", "a b_json"),
        ("state", "attr_attr_state", "state_str", "state_json"),
        ("time", "attr_attr_time", "time_str", "time_json"),
        ("area", "attr_attr_area", "area_str", "area_json"),
        ("site", "site", "attr_attr_site_str", "site_json"),
        ("_x", "attr_attr__x", "attr_attr__x_str", "attr_attr__x_json"),
        ("", "attr_attr_", "attr_attr__str", "attr_attr__json"),
        ("a_str", "a_str_num", "a_str_str", "a_str_json"),
        ("a_str_num", "a_str_num_num", "a_str_num_str", "a_str_num_json"),
        ("a_json", "a_json_num", "a_json_str", "a_json_json"),
    ],
)
def test_names(attribute: str, number: str, text: str, nested: str) -> None:
    """The JSON type chooses the end of a name; what is taken steps aside.

    Here it steps aside twice, because a tag is called `attr_home`.
    """
    assert NAMES.number(attribute) == number
    assert NAMES.text(attribute) == text
    assert NAMES.nested(attribute) == nested


def test_step_aside_once() -> None:
    """A reserved name gets the prefix, and the name with the prefix gets another."""
    names = FieldNames({"area"})

    assert names.number("area") == "attr_area"
    assert names.number("attr_area") == "attr_attr_area"
    assert names.number("attr_floor") == "attr_floor"


@pytest.mark.parametrize(
    ("attribute", "begin"),
    [("a\nb", "a b~"), ("a\\b", "a/b~"), ('a"b', "a'b~"), ("\ud800", "\ufffd~"), ("é" * 300, "éé")],
)
def test_changed_names_stay_apart(attribute: str, begin: str) -> None:
    """A name that had to be changed carries a checksum of what it was."""
    field = NAMES.number(attribute)

    assert field.startswith(begin)
    assert field[-9] == "~"
    assert field != NAMES.number(attribute + "\n")


@settings(max_examples=1000, deadline=None)
@given(some.names, some.names, st.frozensets(some.names))
def test_no_two_attributes_share_a_field(one: str, other: str, reserved: frozenset[str]) -> None:
    """Each pair of attribute and type has a field of its own, of that type, and never a taken one.

    It does not depend on which other attributes there are, so a conflict of types cannot be built.
    """
    names = FieldNames(reserved)

    fields = {
        (attribute, kind): make(attribute)
        for attribute in (one, other)
        for kind, make in (("number", names.number), ("text", names.text), ("json", names.nested))
    }

    assert len(set(fields.values())) == len(fields)
    for (_, kind), field in fields.items():
        assert is_string(field) == (kind != "number")
        assert field not in {*reserved, "time", ""}
        assert not field.startswith("_")
        assert not set(field) & set('\n\r\0\\"')
