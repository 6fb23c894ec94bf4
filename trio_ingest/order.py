"""What shall run now, and the word that something else shall run instead."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import trio
from attrs import define, field

T = TypeVar("T")


@define(eq=False, repr=False)
class Order(Generic[T]):
    """What is `wanted`; None is nothing. One task gives orders, and one carries them out.

    The latest order counts: one that was replaced before it was taken has never been.
    """

    wanted: T | None
    changed: trio.Event = field(factory=trio.Event, init=False)
    """Set when something else is wanted than what was taken last."""
    done: trio.Event = field(factory=trio.Event, init=False)
    """Set when what is wanted stands, or is tried again and again."""

    def give(self, wanted: T | None) -> None:
        """Replace what is wanted."""
        self.wanted = wanted
        self.done = trio.Event()
        self.changed.set()

    def take(self) -> T | None:
        """Return what is wanted; from now on `changed` waits for the next order."""
        self.changed = trio.Event()
        return self.wanted


async def unless(changed: trio.Event, work: Callable[[], Awaitable[object]]) -> bool:
    """Do *work*, but leave it when *changed* is set; say whether it was done."""
    is_done = False

    async def give_way() -> None:
        await changed.wait()
        nursery.cancel_scope.cancel(reason="something else is wanted")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(give_way)
        await work()
        is_done = True
        nursery.cancel_scope.cancel(reason="it is done")
    return is_done
