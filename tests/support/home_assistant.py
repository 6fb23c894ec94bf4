"""A real Home Assistant for tests: started once, changed as its owner, asked what it remembers."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio
from attrs import field, frozen
from trio_websocket import ConnectionClosed, HandshakeError, open_websocket_url

from tests.support.clock import now
from trio_ingest.model.instant import to_datetime, to_microseconds

SCRIPT = Path(__file__).parents[2] / "scripts" / "home-assistant"
REST_SECONDS = 30.0
STOP_SECONDS = 30.0
PATIENCE_SECONDS = 60.0
ANSWER_SECONDS = 5.0
MAX_MESSAGE_SIZE = 64 * 1024 * 1024


@frozen(kw_only=True)
class Remembered:
    """One row of Home Assistant's own history. `time` is in microseconds, no state is a removal."""

    entity_id: str
    time: int
    state: str | None

    def order(self) -> tuple[int, str]:
        """Return what sorts rows as they happened."""
        return self.time, self.entity_id


@frozen(kw_only=True)
class HomeAssistant:
    """What a test needs of a running Home Assistant. The methods act with the owner's rights."""

    url: str
    ws_url: str
    admin_token: str = field(repr=False)
    read_only_token: str = field(repr=False)
    version: str
    pid: int

    async def set_state(
        self, entity_id: str, state: str, attributes: Mapping[str, Any] | None = None
    ) -> None:
        """Give an entity a state, as an integration would; it exists from then on."""
        body = {"state": state, "attributes": attributes or {}}
        await self._rest("POST", f"/api/states/{entity_id}", body)

    async def remove_state(self, entity_id: str) -> None:
        """Make an entity go away."""
        await self._rest("DELETE", f"/api/states/{entity_id}")

    async def delete_config_entry(self, entry_id: str) -> None:
        """Take an integration away, with its devices and entities."""
        await self._rest("DELETE", f"/api/config/config_entries/entry/{entry_id}")

    async def call(self, domain: str, service: str, **data: object) -> None:
        """Call a service and wait until it is done."""
        await self._rest("POST", f"/api/services/{domain}/{service}", data)

    async def _rest(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> None:
        headers = {"Authorization": f"Bearer {self.admin_token}"}
        async with httpx.AsyncClient(
            base_url=self.url, headers=headers, timeout=REST_SECONDS
        ) as client:
            answer = await client.request(method, path, json=body)
        answer.raise_for_status()

    async def command(self, kind: str, *, token: str | None = None, **parameters: object) -> Any:
        """Send one WebSocket command, on a connection of its own, and return its result."""
        async with open_websocket_url(self.ws_url, max_message_size=MAX_MESSAGE_SIZE) as websocket:
            await websocket.get_message()
            access = {"type": "auth", "access_token": token or self.admin_token}
            await websocket.send_message(json.dumps(access))
            await websocket.get_message()
            await websocket.send_message(json.dumps({"id": 1, "type": kind, **parameters}))
            answer = json.loads(await websocket.get_message())
        assert answer["success"], answer
        return answer["result"]

    async def rename(self, entity_id: str, new_entity_id: str) -> None:
        """Give an entity of the registry another id."""
        await self.command(
            "config/entity_registry/update", entity_id=entity_id, new_entity_id=new_entity_id
        )

    async def restart(self) -> None:
        """Restart Home Assistant, as its owner would after an update, and wait for its return."""
        await self.call("homeassistant", "restart")
        with trio.fail_after(PATIENCE_SECONDS):
            while await self._is_running():
                await trio.sleep(0.02)
            while not await self._is_running():
                await trio.sleep(0.1)

    async def kill(self) -> None:
        """End its process as a power cut would, and wait until it has been started again."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()  # noqa: ASYNC240
        [process] = children.split()
        os.kill(int(process), signal.SIGKILL)
        with trio.fail_after(PATIENCE_SECONDS):
            while not await self._says_it_runs():
                await trio.sleep(0.1)

    async def _says_it_runs(self) -> bool:
        """Ask over HTTP, of which also a client that gets no answer can let go."""
        headers = {"Authorization": f"Bearer {self.admin_token}"}
        async with httpx.AsyncClient(headers=headers, timeout=ANSWER_SECONDS) as client:
            try:
                answer = await client.get(f"{self.url}/api/config")
            except httpx.TransportError:
                return False
        return answer.is_success and answer.json()["state"] == "RUNNING"

    async def _is_running(self) -> bool:
        """Say whether Home Assistant answers and has started everything."""
        running = False
        try:
            running = (await self.command("get_config"))["state"] == "RUNNING"
        except* (OSError, HandshakeError, ConnectionClosed):
            pass  # it is on its way down or up
        return running

    async def history(self, *entity_ids: str, since: int) -> list[Remembered]:
        """Return what Home Assistant remembers of *entity_ids* after the instant *since*.

        A change of a marker entity is the newest thing it has to remember: when its recorder has
        stored that, it has stored everything before. Nothing is asked for that is made up. Only
        then is the rest asked for, since it looks up which entities it knows before it reads their
        rows: a new one that was stored in between is missing from an answer that has the marker.
        """
        marker = now()
        await self.set_state("sensor.marker", str(marker))
        rows: list[Remembered] = []
        with trio.fail_after(PATIENCE_SECONDS):
            while str(marker) not in [row.state for row in rows]:
                await trio.sleep(0.2)
                rows = await self._rows(["sensor.marker"], since)
        return sorted(await self._rows([*entity_ids], since), key=Remembered.order)

    async def _rows(self, entity_ids: list[str], since: int) -> list[Remembered]:
        answer = await self.command(
            "history/history_during_period",
            start_time=to_datetime(since).isoformat(),
            entity_ids=entity_ids,
            include_start_time_state=False,
            significant_changes_only=False,
        )
        return [
            Remembered(
                entity_id=entity_id,
                time=to_microseconds(datetime.fromtimestamp(row["lu"], tz=UTC)),
                state=row["s"],
            )
            for entity_id, rows in answer.items()
            for row in rows
        ]


@pytest.fixture(scope="session")
def home_assistant() -> Generator[HomeAssistant]:
    """A real Home Assistant, fresh for this run of the tests. Needs root."""
    with subprocess.Popen([sys.executable, SCRIPT, "run"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line, "scripts/home-assistant has said why it did not start"
            yield HomeAssistant(**json.loads(line))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_SECONDS)
