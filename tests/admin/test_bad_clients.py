"""Clients that do not behave: each is bounded, and the river flows on."""

from pathlib import Path

import trio

from tests.admin.running import wait_written, watched

TOKEN = "a-token-for-tests"


async def test_the_token_is_needed(tmp_path: Path) -> None:
    """Without the token, or with another, all that is told is that the daemon lives."""
    async with watched(tmp_path, f'listen = "127.0.0.1:0"\ntoken = "{TOKEN}"') as admin:
        for shown in ({}, {"Authorization": "Bearer other"}, {"Authorization": f"Basic {TOKEN}"}):
            assert 401 == (await admin.client.get("/stats", headers=shown)).status_code
            assert 200 == (await admin.client.get("/livez", headers=shown)).status_code
        right = {"Authorization": f"Bearer {TOKEN}"}
        answer = await admin.client.get("/stats", headers=right)
        assert 200 == answer.status_code
        assert TOKEN not in answer.text + admin.daemon.log()


async def test_bad_clients_are_bounded(tmp_path: Path) -> None:
    """Garbage, huge headers, a wrong method, and 200 silent connections: changes are recorded."""
    async with watched(tmp_path) as admin:
        await wait_written(admin)
        assert 405 == (await admin.client.delete("/stats")).status_code
        assert 404 == (await admin.client.get("/nothing")).status_code
        for sent in (b"\x00\xff garbage\r\n\r\n", b"GET / HTTP/1.1\r\nA: " + b"a" * 10**5):
            stream = await trio.open_tcp_stream("127.0.0.1", admin.port)
            async with stream:
                await stream.send_all(sent)
                with trio.fail_after(15):
                    assert (await stream.receive_some()).startswith(b"HTTP/1.1 4")
        silent = [await trio.open_tcp_stream("127.0.0.1", admin.port) for _ in range(200)]
        for stream in silent:
            with trio.fail_after(15):
                answer = await stream.receive_some()
            assert answer == b"" or answer.startswith((b"HTTP/1.1 503", b"HTTP/1.1 408"))
            await stream.aclose()
        await admin.records("light.still_recorded")
        assert await admin.daemon.stop() == 0
