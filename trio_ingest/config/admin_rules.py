"""Who can reach an admin server, and what is said of one that more than this machine can."""

from trio_ingest.config.model import AdminConfig
from trio_ingest.loopback import is_loopback

UNIX = "unix:"


def warning_of(admin: AdminConfig) -> str | None:
    """Return what should not stay as it is: whoever reaches the port sees everything."""
    if admin.token is not None or not admin.listen or admin.listen.startswith(UNIX):
        return None
    if is_at_loopback(admin.listen):
        return None
    return (
        f"admin.listen is {admin.listen} and there is no admin.token: everybody on the network "
        "can read how the daemon is. Set admin.token_file, or listen at 127.0.0.1 or at a unix: "
        "socket"
    )


def is_at_loopback(listen: str) -> bool:
    """Say whether *listen* is a port, and one that only this machine reaches."""
    return not listen.startswith(UNIX) and is_loopback(listen.rpartition(":")[0].strip("[]"))
