"""What the daemon does before it is ready, and what it leaves for later."""

import subprocess
import sys

SCRIPT = """
import sys
from functools import partial
import trio
import trio_ingest.daemon
from trio_ingest.admin.server import open_admin
from trio_ingest.bare_httpx import httpx
from trio_ingest.config.model import AdminConfig
from trio_ingest.looking import look
from trio_ingest.river import River

async def main() -> None:
    river = River()
    config = AdminConfig(listen=f"unix:{sys.argv[1]}")
    async with open_admin(config, partial(look, river), None, ready=river.standing):
        async with await trio.open_unix_socket(sys.argv[1]) as caller:
            await caller.send_all(b"GET /livez HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
            await trio.sleep(0.1)
            print(*sorted({"rich", "pygments", "starlette", "hypercorn"} & sys.modules.keys()))
            river.standing.set()
            with trio.fail_after(20):
                print((await caller.receive_some()).splitlines()[0].decode())

trio.run(main)
"""


def test_a_daemon_is_ready_before_its_web_server(tmp_path):
    """Until then nothing is imported that recording does not need; who calls early is answered."""
    socket = tmp_path / "socket"

    command = [sys.executable, "-c", SCRIPT, str(socket)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert result.stdout.splitlines() == ["", "HTTP/1.1 200 "], result.stderr
