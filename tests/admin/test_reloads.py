"""What a reload leaves in the metrics, and the address that is served across it."""

import signal
from pathlib import Path

import trio

from tests.admin.running import Watched, watched


async def test_good_and_bad_reloads_are_counted(tmp_path: Path) -> None:
    """A refused file is counted and a reason not to be ready, until a good one is taken over."""
    listen = f'listen = "unix:{tmp_path}/admin.sock"'
    async with watched(tmp_path, listen) as admin:
        file = tmp_path / "trio-ingest.toml"
        good = file.read_text()
        assert (0, 0, 1) == await reloads(admin)

        file.write_text(good + "\nnonsense = true\n")
        admin.daemon.send(signal.SIGHUP)
        await admin.daemon.wait_log("not reloaded")
        refused = await reloads(admin)
        answer = await admin.client.get("/readyz")
        file.write_text(good)
        admin.daemon.send(signal.SIGHUP)
        await admin.daemon.wait_log("generation 2 stands")

        assert (0, 1, 0) == refused
        assert 503 == answer.status_code
        assert ["the last reload was refused"] == [
            each.partition(",")[0] for each in answer.json()["reasons"]
        ]
        assert (1, 1, 1) == await reloads(admin)
        success = await admin.value("trio_ingest_last_reload_success_timestamp_seconds")
        assert success is not None
        assert success > 0
        with trio.fail_after(20):
            while (await admin.client.get("/readyz")).status_code != 200:
                await trio.sleep(0.02)


async def reloads(admin: Watched) -> tuple[float | None, ...]:
    return (
        await admin.value("trio_ingest_reloads_total", result="success"),
        await admin.value("trio_ingest_reloads_total", result="refused"),
        await admin.value("trio_ingest_last_reload_successful"),
    )
