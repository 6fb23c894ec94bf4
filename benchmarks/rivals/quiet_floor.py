"""The floor of a quiet home: as little as these libraries can do that is still the daemon's job.

Frames are received by trio-websocket and decoded by msgspec. Once a second what has come is
compressed, committed by SQLite in a thread with a flush, and posted by httpx. It makes no lines,
deletes nothing, and nothing that goes wrong is noticed.
"""

import gzip
import sqlite3
import sys

import httpx
import msgspec
import trio
from floor import open_changes

SECONDS_A_BATCH = 1.0


async def main(home: str, sink: str, file: str) -> None:
    frames: list[bytes] = []
    async with (
        open_changes(home, coalesces=True) as websocket,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{sink}", trust_env=False) as client,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(store_and_send, frames, file, client)
        print("ready", flush=True)
        while True:
            frame = await websocket.get_message()
            msgspec.json.decode(frame)
            frames.append(frame.encode())


async def store_and_send(frames: list[bytes], file: str, client: httpx.AsyncClient) -> None:
    database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE batch (number INTEGER PRIMARY KEY, body BLOB)")
    while True:
        await trio.sleep(SECONDS_A_BATCH)
        body = gzip.compress(b"\n".join(frames), 1)
        frames.clear()
        await trio.to_thread.run_sync(
            database.execute, "INSERT INTO batch (body) VALUES (?)", [body]
        )
        await client.post("/write", content=body, headers={"Content-Encoding": "gzip"})


if __name__ == "__main__":
    trio.run(main, *sys.argv[1:])
