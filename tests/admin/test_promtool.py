"""Prometheus' own linter reads the metrics."""

from pathlib import Path

import pytest
import trio

from tests.admin.running import watched


@pytest.mark.servers
async def test_promtool_has_nothing_to_say(tmp_path: Path) -> None:
    """`promtool check metrics` finds no fault with any name, type or help text."""
    async with watched(tmp_path) as admin:
        metrics = (await admin.client.get("/metrics")).content

        done = await trio.run_process(
            ["promtool", "check", "metrics"],
            stdin=metrics,
            capture_stdout=True,
            capture_stderr=True,
            check=False,
        )

    assert (0, b"", b"") == (done.returncode, done.stdout, done.stderr)
