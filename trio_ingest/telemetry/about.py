"""What the log records of a task are about: its home, its sink, its generation.

Whoever starts a task says it once, around the start; the task and its children inherit it.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_fields: ContextVar[Mapping[str, object]] = ContextVar("about", default={})  # noqa: B039 - frozen


@contextmanager
def about(**fields: object) -> Generator[None]:
    """Tasks that are started within the block log about *fields*, besides what is said already.

    A value is turned into text with each record, so it may say something else in the end.
    """
    named = {name.upper(): value for name, value in fields.items()}
    token = _fields.set({**_fields.get(), **named})
    try:
        yield
    finally:
        _fields.reset(token)


def what_about() -> Mapping[str, str]:
    """Return what the current task is about, by the names of the journal's fields."""
    return {name: str(value) for name, value in _fields.get().items()}
