"""The parts of one kind: a task for each name, which carries out one order after the other."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Generic, TypeVar

import trio
from attrs import define, field

from trio_ingest.config.wanted import Changes, changes_between, described
from trio_ingest.order import Order

T = TypeVar("T")


@define(eq=False, repr=False)
class Parts(Generic[T]):
    """Gives orders to the parts that something has changed for; the others hear of nothing.

    `live` is the life of a part, by its name and its order. It takes the order, and returns when
    that wants nothing more, or something that needs another life, which then begins.
    """

    noun: str
    live: Callable[[str, Order[T]], Awaitable[None]]
    _orders: dict[str, Order[T]] = field(factory=dict, init=False)
    _left: trio.Event = field(factory=trio.Event, init=False)

    def carry_out(self, wanted: Mapping[str, T], nursery: trio.Nursery) -> Sequence[str]:
        """Start what is new, change what has changed, end what is gone; do not wait for any.

        Return what is to be said of it, a sentence each.
        """
        gone = self.end_others(wanted)
        changes = changes_between(self._wanted(), wanted)
        for name in (*changes.added, *changes.changed):
            order = self._orders.get(name)
            if order is None:
                order = self._orders[name] = Order(wanted[name])
                task = f"{self.noun} {name}"
                nursery.start_soon(self._keep_living, name, order, name=task)
            else:  # one that has come back is there still, and begins anew once it has ended
                order.give(wanted[name])
        return [*gone, *described(self.noun, changes)]

    def end_others(self, names: Collection[str]) -> Sequence[str]:
        """End all but those of *names*; do not wait for it, and return what is to be said of it."""
        gone = Changes(removed=changes_between(self._wanted(), dict.fromkeys(names)).removed)
        for name in gone.removed:
            self._orders[name].give(None)
        return described(self.noun, gone)

    async def wait_done(self) -> None:
        """Wait until all stand that are wanted, or are tried again and again."""
        for order in list(self._orders.values()):
            if order.wanted is not None:
                await order.done.wait()

    async def wait_ended(self) -> None:
        """Wait until those have ended that are not wanted."""
        while any(order.wanted is None for order in self._orders.values()):
            await self._left.wait()

    def _wanted(self) -> Mapping[str, T]:
        return {n: each.wanted for n, each in self._orders.items() if each.wanted is not None}

    async def _keep_living(self, name: str, order: Order[T]) -> None:
        try:
            while order.wanted is not None:
                await self.live(name, order)
        finally:
            del self._orders[name]
            self._left.set()
            self._left = trio.Event()
