"""A warning for an admin server that everybody on the network can read."""

import pytest

from tests.config.bad_files import HOME
from tests.config.support import load_text


@pytest.mark.parametrize("listen", ["0.0.0.0:8099", "[::]:8099", "192.168.1.2:8099", "pi.local:0"])
def test_open_to_the_network_without_a_token(tmp_path, listen):
    """An address that is not this machine's own needs a token, and the warning says so."""
    (warning,) = load_text(tmp_path, f'{HOME}\n[admin]\nlisten = "{listen}"').warnings

    assert f"admin.listen is {listen} and there is no admin.token" in warning


@pytest.mark.parametrize(
    "admin",
    [
        'listen = "127.0.0.1:8099"',
        'listen = "localhost:8099"',
        'listen = "[::1]:8099"',
        'listen = "unix:/run/trio-ingest/admin.sock"',
        'listen = ""',
    ],
)
def test_not_open_to_the_network(tmp_path, admin):
    """Loopback, a socket file, and nowhere need no token."""
    assert () == load_text(tmp_path, f"{HOME}\n[admin]\n{admin}").warnings


def test_open_to_the_network_with_a_token(tmp_path):
    """With a token the address may be any."""
    (tmp_path / "admin.token").write_text("abc")
    (tmp_path / "admin.token").chmod(0o600)

    admin = '[admin]\nlisten = "0.0.0.0:8099"\ntoken_file = "admin.token"'

    assert () == load_text(tmp_path, f"{HOME}\n{admin}").warnings


def test_the_environment_of_a_container(tmp_path):
    """What an image sets is about the network of its container, and is no reason for a warning."""
    text = f"{HOME}\n[admin]\n"
    environment = {"HOME": "/home/anna", "TRIO_INGEST_ADMIN_LISTEN": "0.0.0.0:8099"}

    config = load_text(tmp_path, text, environment)

    assert "0.0.0.0:8099" == config.admin.listen
    assert () == config.warnings
