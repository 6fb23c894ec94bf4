"""Why a session with Home Assistant ended, in the three kinds that call for different answers."""

NEEDS_ADMINISTRATOR = "; it takes the token of an administrator"


class SessionLost(Exception):  # noqa: N818 - named for what happened
    """Weather: the connection could not be made or has ended. Try again soon."""


class NoAnswer(SessionLost):
    """A command was not answered in time. Whoever can do without may go on with the session."""


class MessageTooLarge(SessionLost):
    """Home Assistant sent more in one message than `max_message_size` allows.

    What was being asked for would be as large the next time.
    """


class AccessRefused(Exception):  # noqa: N818
    """Home Assistant does not let us in: a wrong token, or a banned address. Try again slowly."""


class NoRecorder(Exception):  # noqa: N818
    """Home Assistant's recorder is not running: there is no history to be had."""


class CommandFailed(Exception):  # noqa: N818
    """Home Assistant answered a command with an error; the session goes on."""

    def __init__(self, command: str, code: str, message: str) -> None:
        super().__init__(f"Home Assistant refused {command!r}: {message} ({code})")
        self.code = code


def leaves(group: BaseExceptionGroup[Exception]) -> list[Exception]:
    """Return the exceptions of a group, without its inner groups."""
    found: list[Exception] = []
    for error in group.exceptions:
        found += leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
