"""The ways to fail: weather, which passes, and refusals, which somebody has to see to."""


class JetStreamUnreachable(Exception):  # noqa: N818 - it is no error of ours
    """Weather: no server, no leader, no answer in time, or a stream that is full just now."""


class ConnectionLost(JetStreamUnreachable):
    """The connection ended, or there was none to be had."""


class JetStreamRefused(Exception):  # noqa: N818 - as in the line above
    """Waiting alone does not help: wrong credentials, no such stream, a subject of another one."""


class NotThere(JetStreamRefused):
    """There is no such stream, or no such consumer."""


class MessageTooLarge(JetStreamRefused):
    """This message will never be taken, a smaller one may: more than server or stream allow."""
