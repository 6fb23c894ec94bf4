"""What is worked out once for an entity."""

from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.processing.remembered import REMEMBERED_ENTITIES, Remembered, registry_of


def test_worked_out_once() -> None:
    """The same key of the same home is worked out again only after the registry of that home."""
    made: list[tuple[str, int]] = []

    def make(home: str, key: int, _: Registry) -> None:
        made.append((home, key))

    homes = {"one": Latest(Registry()), "two": Latest(Registry())}
    remembered = Remembered(homes, make)
    for home in ("one", "two", "one", "elsewhere", "elsewhere"):
        assert remembered.in_home(home)[1] is None
    assert made == [("one", 1), ("two", 1), ("elsewhere", 1)]

    homes["one"].value = Registry()
    for home in ("one", "two"):
        assert remembered.in_home(home)[1] is None

    assert made[3:] == [("one", 1)]


def test_made_of_the_latest_registry() -> None:
    """What is worked out gets the registry that its home has at that moment."""
    latest = Latest(Registry(entries={"light.a": Entry(area="Attic")}))
    remembered = Remembered({"home": latest}, lambda _, key, registry: registry.entry_of(key).area)

    assert remembered.in_home("home")["light.a"] == "Attic"
    assert remembered.in_home("elsewhere")["light.a"] is None
    assert registry_of("home", {"home": latest}) is latest.value


def test_memory_is_bounded() -> None:
    """Entities may come and go for ever."""
    remembered = Remembered({}, lambda _, key, __: -key)

    at_home = remembered.in_home("home")
    for number in range(2 * REMEMBERED_ENTITIES + 1):
        assert at_home[number] == -number
        assert len(at_home) <= REMEMBERED_ENTITIES
