"""By which name the admin server may be asked."""

from pathlib import Path

import httpx
import pytest

from tests.admin.running import watched
from tests.admin.snapshots import WELL
from trio_ingest.admin.application import make_application
from trio_ingest.admin.guard import names_this_machine
from trio_ingest.admin.recent import Recent
from trio_ingest.config.common import Secret

REBOUND = {"Host": "evil.example:8099"}


async def nothing() -> None:
    pass


async def asked(path: str, headers: dict[str, str], token: str, *, is_at_loopback: bool) -> int:
    """Return the status of the answer to one request."""
    application = make_application(
        lambda: WELL,
        Recent(lambda: WELL),
        nothing,
        Secret(value=token) if token else None,
        is_at_loopback=is_at_loopback,
    )
    transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type]  # typed otherwise
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return (await client.get(path, headers=headers)).status_code


@pytest.mark.parametrize("path", ["/", "/stats", "/metrics", "/events", "/no/such/path"])
async def test_a_rebound_name_learns_nothing(path: str) -> None:
    """A web site whose name leads to our loopback address is told nothing."""
    assert 403 == await asked(path, REBOUND, "", is_at_loopback=True)


async def test_who_may_ask_by_any_name() -> None:
    """The container's runtime may, who shows the token, and whoever reaches an open address."""
    shown = REBOUND | {"Authorization": "Bearer abc"}

    assert 200 == await asked("/livez", REBOUND, "", is_at_loopback=True)
    assert 200 == await asked("/stats", shown, "abc", is_at_loopback=True)
    assert 401 == await asked("/stats", REBOUND, "abc", is_at_loopback=True)
    assert 200 == await asked("/stats", REBOUND, "", is_at_loopback=False)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1:8099", True),
        ("localhost:8099", True),
        ("LocalHost", True),
        ("[::1]:8099", True),
        ("127.0.0.2", True),
        ("", True),  # HTTP/1.0: no browser
        ("evil.example:8099", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example:8099", False),
        ("192.168.1.2:8099", False),
        ("[::1", False),
        ("0.0.0.0:8099", False),
    ],
)
def test_names_of_this_machine(host: str, *, expected: bool) -> None:
    """Only names that can lead nowhere else are ours, with any port."""
    assert expected == names_this_machine(host)


async def test_a_daemon_at_loopback(tmp_path: Path) -> None:
    """The default of the daemon is guarded so, and says what helps."""
    async with watched(tmp_path) as admin:
        answer = await admin.client.get("/readyz", headers=REBOUND)

        assert 403 == answer.status_code
        assert "admin.token" in answer.json()["detail"]
        assert 200 == (await admin.client.get("/readyz")).status_code
