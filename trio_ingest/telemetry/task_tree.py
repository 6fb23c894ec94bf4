"""Draws the tree of running tasks, for SIGUSR1: what is alive, and where it waits."""

from collections.abc import Iterator

import trio


def task_tree() -> str:
    """Return all tasks as an indented text, each with the line of code it stands at."""
    root = trio.lowlevel.current_root_task()
    return "\n".join(_branch(root, 0)) if root else "(no tasks)"


def _branch(task: trio.lowlevel.Task, depth: int) -> Iterator[str]:
    yield f"{'  ' * depth}{task.name}{_position(task)}"
    for nursery in task.child_nurseries:
        for child in nursery.child_tasks:
            yield from _branch(child, depth + 1)


def _position(task: trio.lowlevel.Task) -> str:
    """Return where in somebody's code the task stands: the innermost frame outside of Trio."""
    places = [
        f"{frame.f_code.co_filename}:{line}"
        for frame, line in task.iter_await_frames()
        if "/trio/" not in frame.f_code.co_filename
    ]
    return f"  at {places[-1]}" if places else ""
