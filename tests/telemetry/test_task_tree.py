"""The picture that SIGUSR1 draws."""

import trio
import trio.testing

from trio_ingest.telemetry.task_tree import task_tree


async def test_task_tree_names_tasks_and_where_they_wait() -> None:
    """Every task is named, below its parent, with the line of our code at which it waits."""

    async def outer() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep_forever, name="the inner task")
            await wait_here()

    async def wait_here() -> None:
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(outer, name="the outer task")
        await trio.testing.wait_all_tasks_blocked()
        tree = task_tree()
        nursery.cancel_scope.cancel()

    lines = tree.splitlines()
    (outer_line,) = (line for line in lines if "the outer task" in line)
    (inner_line,) = (line for line in lines if "the inner task" in line)
    assert f"{__file__}:" in outer_line
    assert indent(inner_line) == indent(outer_line) + 2


def indent(line: str) -> int:
    return len(line) - len(line.lstrip())
