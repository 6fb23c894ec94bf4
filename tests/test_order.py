"""Orders, and the parts that carry them out."""

from collections.abc import Mapping

import trio
from attrs import define, field

from trio_ingest.order import Order, unless
from trio_ingest.parts import Parts


async def test_what_is_replaced_before_it_is_taken_has_never_been(autojump_clock: object) -> None:
    """The latest order counts."""
    order = Order("first")
    order.take()
    order.give("second")
    order.give("third")

    await order.changed.wait()

    assert order.take() == "third"
    assert not order.changed.is_set()


async def test_work_gives_way(autojump_clock: object) -> None:
    """Work is left as soon as something else is wanted, and says whether it was done."""
    changed = trio.Event()

    assert await unless(changed, trio.lowlevel.checkpoint)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(set_later, changed)
        assert not await unless(changed, trio.sleep_forever)
    assert trio.current_time() == 5


async def set_later(event: trio.Event) -> None:
    await trio.sleep(5)
    event.set()


@define
class Lives:
    """Parts whose lives are noted; each takes a second to end."""

    lived: list[str] = field(factory=list)

    async def live(self, name: str, order: Order[str]) -> None:
        wanted = order.take()
        self.lived.append(f"{name} is {wanted}")
        order.done.set()
        await order.changed.wait()
        await trio.sleep(1)
        self.lived.append(f"{name} was {wanted}")


async def carried_out(*orders: Mapping[str, str], seconds_between: float = 10) -> list[str]:
    """Carry out one order after the other, then end, and return the lives that were lived."""
    lives = Lives()
    parts = Parts("part", lives.live)
    async with trio.open_nursery() as nursery:
        for each in orders:
            parts.carry_out(each, nursery)
            await trio.sleep(seconds_between)
        parts.end_others(())
        await parts.wait_ended()
    return lives.lived


async def test_only_what_has_changed_begins_anew(autojump_clock: object) -> None:
    """A part of which nothing has changed hears of nothing."""
    lived = await carried_out({"a": "1", "b": "1"}, {"a": "1", "b": "2"}, {"a": "1"})

    assert [each for each in lived if each.startswith("a")] == ["a is 1", "a was 1"]
    assert [each for each in lived if each.startswith("b")] == [
        "b is 1",
        "b was 1",
        "b is 2",
        "b was 2",
    ]


async def test_what_comes_back_waits_for_its_own_end(autojump_clock: object) -> None:
    """Two lives of one part never overlap."""
    lived = await carried_out({"a": "1"}, {}, {"a": "2"}, seconds_between=0.75)

    assert lived == ["a is 1", "a was 1", "a is 2", "a was 2"]


async def test_one_waits_for_those_that_are_wanted(autojump_clock: object) -> None:
    """All stand once each has said so; those that end are waited for by themselves."""
    lives = Lives()
    parts = Parts("part", lives.live)
    async with trio.open_nursery() as nursery:
        assert parts.carry_out({"a": "1", "b": "1"}, nursery) == ["part a is new", "part b is new"]
        await parts.wait_done()
        assert sorted(lives.lived) == ["a is 1", "b is 1"]
        assert parts.carry_out({"a": "2"}, nursery) == ["part b is gone", "part a changed"]
        await parts.wait_done()
        assert trio.current_time() == 1
        parts.end_others(())
        await parts.wait_ended()
        assert trio.current_time() == 2
