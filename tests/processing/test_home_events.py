"""What an event is about, and how those of one instant are told apart."""

from typing import Any

import pytest

from trio_ingest.model.state_change import HomeEvent
from trio_ingest.processing.home_events import Numbering, entities_of, subject_of


def event(**data: Any) -> HomeEvent:
    return HomeEvent(event_type="x", time=1, data=data)


@pytest.mark.parametrize(
    ("data", "entities"),
    [
        ({}, []),
        ({"entity_id": "automation.x"}, ["automation.x"]),
        ({"entity_id": ["light.b", "light.a", "light.b"]}, ["light.a", "light.b"]),
        ({"service_data": {"entity_id": "light.a"}}, ["light.a"]),
        ({"service_data": {"entity_id": "light.b, light.a"}}, ["light.a", "light.b"]),
        ({"entity_id": "scene.x", "service_data": {"entity_id": "light.a"}}, ["scene.x"]),
        ({"entity_id": "all"}, []),
        ({"entity_id": [7, None, "light.a"]}, ["light.a"]),
        ({"entity_id": 7}, []),
        ({"service_data": "light.a"}, []),
    ],
)
def test_entities(data: dict[str, Any], entities: list[str]) -> None:
    """The entities are the event's own, else those of the service's data; ids only, each once."""
    assert entities_of(event(**data)) == entities


def test_subject() -> None:
    """The subject is told by texts only; several entities are named together."""
    subject = subject_of(event(domain="light", service=7, entity_id=["light.b", "light.a"]))

    assert subject == {"entity_id": "light.a,light.b", "domain": "light"}
    assert subject_of(event(domain="", service=None)) == {}


def test_numbering() -> None:
    """Events count within a home, a time and a series, and from 0 again at the next time."""
    numbering = Numbering()
    told = [
        ("home", 1, "a"),
        ("home", 1, "a"),
        ("home", 1, "b"),
        ("cabin", 1, "a"),
        ("home", 1, "a"),
        ("home", 2, "a"),
        ("cabin", 1, "a"),
    ]

    assert [numbering.next(*each) for each in told] == [0, 1, 0, 0, 2, 0, 1]
