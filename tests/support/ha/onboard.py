"""Makes the first user of a fresh Home Assistant and a read-only one, and prints a token of each.

It runs in Home Assistant's own Python, for the aiohttp that is there:
`python onboard.py URL` waits until Home Assistant runs and prints one line of JSON.
"""

import asyncio
import json
import sys
from itertools import count
from typing import Any

from aiohttp import ClientConnectionError, ClientSession


class Connection:
    """An authenticated WebSocket connection that answers one command at a time."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.ids = count(1)

    async def command(self, **message: Any) -> Any:
        """Send a command and return its result."""
        await self.socket.send_json({"id": next(self.ids), **message})
        answer = await self.socket.receive_json()
        if not answer["success"]:
            raise RuntimeError(f"{message['type']}: {answer['error']}")
        return answer["result"]

    async def long_lived_token(self) -> str:
        """Return a token that outlives the test run."""
        return await self.command(
            type="auth/long_lived_access_token", client_name="tests", lifespan=365
        )


class Onboarding:
    """The steps that a person would take in the browser."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self.session = session
        self.url = url

    async def post(self, path: str, **body: Any) -> Any:
        """Return the JSON answer to a POST of JSON."""
        async with self.session.post(self.url + path, **body) as response:
            response.raise_for_status()
            return await response.json()

    async def wait_until_it_answers(self) -> None:
        """Wait for the HTTP server."""
        while True:
            try:
                async with self.session.get(self.url + "/api/onboarding") as response:
                    if response.ok:
                        return
            except ClientConnectionError:
                pass
            await asyncio.sleep(0.1)

    async def connect(self, code: str) -> Connection:
        """Exchange the *code* of a login for an access token and connect with it."""
        grant = {"grant_type": "authorization_code", "code": code, "client_id": self.url}
        tokens = await self.post("/auth/token", data=grant)
        socket = await self.session.ws_connect(self.url + "/api/websocket")
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": tokens["access_token"]})
        answer = await socket.receive_json()
        if answer["type"] != "auth_ok":
            raise RuntimeError(answer["message"])
        return Connection(socket)

    async def create_owner(self) -> Connection:
        """Create the first user, who may do everything."""
        user = {"name": "Owner", "username": "owner", "password": "owner", "language": "en"}
        answer = await self.post("/api/onboarding/users", json={"client_id": self.url, **user})
        return await self.connect(answer["auth_code"])

    async def create_reader(self, owner: Connection) -> Connection:
        """Create a user who may read everything and change nothing, and log in as that user."""
        login = {"username": "reader", "password": "reader"}
        created = await owner.command(
            type="config/auth/create", name="Reader", group_ids=["system-read-only"]
        )
        await owner.command(
            type="config/auth_provider/homeassistant/create",
            user_id=created["user"]["id"],
            **login,
        )
        flow = await self.post(
            "/auth/login_flow",
            json={
                "client_id": self.url,
                "handler": ["homeassistant", None],
                "redirect_uri": self.url,
            },
        )
        answer = await self.post(
            f"/auth/login_flow/{flow['flow_id']}", json={"client_id": self.url, **login}
        )
        return await self.connect(answer["result"])


async def onboard(url: str) -> dict[str, str]:
    """Return the tokens once Home Assistant runs."""
    async with asyncio.timeout(120), ClientSession() as session:
        onboarding = Onboarding(session, url)
        await onboarding.wait_until_it_answers()
        owner = await onboarding.create_owner()
        reader = await onboarding.create_reader(owner)
        while (config := await owner.command(type="get_config"))["state"] != "RUNNING":
            await asyncio.sleep(0.1)
        if config["recovery_mode"]:
            raise RuntimeError("Home Assistant is in recovery mode")
        return {
            "version": config["version"],
            "admin_token": await owner.long_lived_token(),
            "read_only_token": await reader.long_lived_token(),
        }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(onboard(sys.argv[1]))))
