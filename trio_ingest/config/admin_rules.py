"""What is said of an admin server that more than this machine can reach."""

from trio_ingest.config.model import AdminConfig
from trio_ingest.config.promise import is_loopback

UNIX = "unix:"


def warning_of(admin: AdminConfig) -> str | None:
    """Return what should not stay as it is: whoever reaches the port sees everything."""
    if admin.token is not None or not admin.listen or admin.listen.startswith(UNIX):
        return None
    host = admin.listen.rpartition(":")[0].strip("[]")
    if is_loopback(host):
        return None
    return (
        f"admin.listen is {admin.listen} and there is no admin.token: everybody on the network "
        "can read how the daemon is. Set admin.token_file, or listen at 127.0.0.1 or at a unix: "
        "socket"
    )
