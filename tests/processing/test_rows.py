"""Rows for the embedded database."""

import json
import math

from hypothesis import given, settings
from hypothesis import strategies as st

from trio_ingest.config.sink_model import AttributePatterns, AttributesConfig
from trio_ingest.model.attributes import Attributes
from trio_ingest.model.batch import Encoding
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.model.state_change import State, StateChange
from trio_ingest.processing.rows import RowEncoder
from trio_ingest.processing.values import number_of

KITCHEN = Entry(area="Küche", device="Thermometer", floor="Erdgeschoss")
TIME = 1_790_000_000_000_001

TEXT = st.text(st.characters(), max_size=20)  # half surrogate pairs too
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def make_encoder(places=None, attributes=None, tags=None, value_map=None):
    registries = {"home": Latest(Registry(entries=places or {}))}
    return RowEncoder(registries, attributes or AttributesConfig(), tags or {}, value_map or {})


def change(value, attributes=None, entity_id="sensor.kitchen"):
    return StateChange(
        entity_id=entity_id,
        time=TIME,
        state=State(value=value, attributes=Attributes.of(attributes or {})),
    )


def test_row():
    """A line is a compact array of ten: who, when, what, as a number, more of it, where, tags."""
    encoder = make_encoder({"sensor.kitchen": KITCHEN}, tags={"site": "north"})

    line = encoder.encode("home", change("21.50", {"unit_of_measurement": "°C", "list": [1, None]}))

    assert Encoding.ROWS is encoder.encoding
    assert line == (
        '["home","sensor.kitchen",1790000000000001,"21.50",21.5,'
        '{"unit_of_measurement":"°C","list":[1,null]},'
        '"Küche","Thermometer","Erdgeschoss",{"site":"north"}]'
    )


def test_removal():
    """A removed entity has the state "removed", no value and no attributes."""
    removal = StateChange(entity_id="sensor.kitchen", time=TIME, state=None)

    line = make_encoder({"sensor.kitchen": KITCHEN}).encode("home", removal)

    assert ["removed", None, {}] == json.loads(line)[3:6]
    assert ["Küche", "Thermometer", "Erdgeschoss"] == json.loads(line)[6:9]


def test_unknown_places():
    """An entity that the registries do not know, or a home without them, is nowhere."""
    encoder = make_encoder()

    assert [None] * 3 == json.loads(encoder.encode("home", change("on")))[6:9]
    assert [None] * 3 == json.loads(encoder.encode("cabin", change("on")))[6:9]


def test_newer_registry_counts():
    """A newer reading of the registries counts from the next change on."""
    latest = Latest(Registry())
    encoder = RowEncoder({"home": latest}, AttributesConfig(), {})
    assert None is json.loads(encoder.encode("home", change("on")))[6]

    latest.value = Registry(entries={"sensor.kitchen": KITCHEN})

    assert "Küche" == json.loads(encoder.encode("home", change("on")))[6]


def test_attributes_are_filtered():
    """Only the attributes that the configuration admits are written, nested ones as well."""
    attributes = AttributesConfig(include=("bright*", "modes"), exclude=("brightness_pct",))
    state = change("on", {"brightness": 3, "brightness_pct": 1, "icon": "x", "modes": ["a"]})

    line = make_encoder(attributes=attributes).encode("home", state)

    assert {"brightness": 3, "modes": ["a"]} == json.loads(line)[5]


def test_attributes_of_a_domain():
    """The patterns of a domain stand in place of the sink's; here they mean attributes' names."""
    light = AttributePatterns(include=("brightness", "icon_str"))
    encoder = make_encoder(attributes=AttributesConfig(exclude=("icon",), domain={"light": light}))
    attributes = {"brightness": 3, "icon": "x", "icon_str": 1, "y": 2}

    kept = [
        json.loads(encoder.encode("home", change("on", attributes, entity_id)))[5]
        for entity_id in ("light.a", "sensor.a")
    ]

    assert [{"brightness": 3, "icon_str": 1}, {"brightness": 3, "icon_str": 1, "y": 2}] == kept


def test_words_that_stand_for_numbers():
    """A configured number stands for its word, before our own rule."""
    encoder = make_encoder(value_map={"person": {"Work": 2.5, "home": 3.0}})

    values = [
        json.loads(encoder.encode("home", change(state, {}, entity_id)))[4]
        for entity_id in ("person.me", "device_tracker.me")
        for state in ("Work", "home", "not_home")
    ]

    assert [2.5, 3, 0, None, 1, 0] == values


def test_numbers_are_exact():
    """Integers of any length and the extreme floats keep each digit."""
    numbers = {"u64": 2**64 - 1, "more": 2**70 + 1, "less": -(2**63) - 1, "tiny": 5e-324}

    line = make_encoder().encode("home", change("on", numbers))

    assert numbers == json.loads(line)[5]


def test_half_a_surrogate_pair():
    """What UTF-8 cannot hold is replaced, and the rest of the row stays."""
    line = make_encoder().encode("home", change("a\ud800", {"x\udc00": "y\ud800", "n": 2**70}))

    assert ["a?", None, {"x?": "y?", "n": 2**70}] == json.loads(line)[3:6]
    assert "\n" not in line


@settings(deadline=None, max_examples=150)
@given(TEXT, st.dictionaries(TEXT, JSON, max_size=5), TEXT)
def test_any_json(value, attributes, entity_id):
    """For any JSON the line is one line of UTF-8 which reads back as what went in."""

    def clean(item):
        return json.loads(json.dumps(item, ensure_ascii=False).encode("utf-8", "replace"))

    line = make_encoder().encode("home", change(value, attributes, entity_id))

    assert "\n" not in line
    assert line.encode()
    row = json.loads(line)
    assert ["home", clean(entity_id), TIME, clean(value)] == row[:4]
    assert number_of(value) == row[4]
    assert row[4] is None or math.isfinite(row[4])
    assert clean(attributes) == row[5]
