"""Which attributes are recorded."""

import pytest

from trio_ingest.config.sink_model import AttributesConfig
from trio_ingest.processing.attributes import REMEMBERED_NAMES, AttributeFilter, ByDomain


@pytest.mark.parametrize("name", ["icon", "", "a\nb", "entity_picture"])
def test_everything_by_default(name: str) -> None:
    """Without configuration all attributes are recorded, whatever they are called."""
    assert AttributeFilter(AttributesConfig()).admits(name)


def test_exclusion_wins() -> None:
    """An attribute that both lists match is left out."""
    chosen = AttributeFilter(AttributesConfig(include=("icon", "max_*"), exclude=("*_temp",)))

    assert chosen.admits("icon")
    assert chosen.admits("max_mireds")
    assert not chosen.admits("max_temp")
    assert not chosen.admits("brightness")


def test_globs_match_whole_names_and_their_case() -> None:
    """A glob stands for the whole name, and upper case is not lower case."""
    chosen = AttributeFilter(AttributesConfig(include=("icon", "level_[ab]?")))

    assert not chosen.admits("icon_color")
    assert not chosen.admits("my icon")
    assert not chosen.admits("Icon")
    assert chosen.admits("level_a1")
    assert not chosen.admits("level_c1")


def test_nothing_at_all() -> None:
    """An empty list of inclusions admits no attribute, not even one without a name."""
    chosen = AttributeFilter(AttributesConfig(include=()))

    assert not chosen.admits("icon")
    assert not chosen.admits("")


def test_any_of_its_names_counts() -> None:
    """A glob that fits one name of an attribute, as Home Assistant or the sink has it, fits it."""
    included = AttributeFilter(AttributesConfig(include=("icon_str", "brightness")))
    excluded = AttributeFilter(AttributesConfig(exclude=("*_str",)))

    assert included.admits("icon", "icon_str")
    assert included.admits("brightness", "brightness_str")
    assert not included.admits("icon")
    assert not excluded.admits("icon", "icon_str")
    assert excluded.admits("brightness", "brightness")


def test_by_domain() -> None:
    """Some domains have a thing of their own, all others share one."""
    chosen = ByDomain({"light": 1, "lock": 2}, rest=0)

    assert [chosen.of(each) for each in ("light.a", "lock.a", "lights.a", "light")] == [1, 2, 0, 1]
    assert ByDomain({}, rest=0).of("light.a") == 0


def test_memory_of_decisions_is_bounded() -> None:
    """More names than are remembered cost time, neither memory nor a wrong answer."""
    chosen = AttributeFilter(AttributesConfig(exclude=("*7",)))

    admitted = [chosen.admits(str(number)) for number in range(2 * REMEMBERED_NAMES)]

    assert admitted == [number % 10 != 7 for number in range(2 * REMEMBERED_NAMES)]
    assert chosen._remembered.cache_info().currsize == REMEMBERED_NAMES
