"""While the disk takes nothing, the daemon holds what it has and waits; then nothing is missing."""

import resource
import subprocess
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.reliability.test_gaps import all_recorded, configuration
from tests.support.daemon import DaemonProcess, running_daemon
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator

MIB = 1024 * 1024
DISK_BYTES = 24 * MIB
CHANGES = 20_000
SAID = "The spool cannot write to the disk"


@pytest.fixture
def small_disk(tmp_path: Path) -> Generator[Path]:
    """A disk of its own for the state directory."""
    directory = tmp_path / "state"
    directory.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", directory]
    subprocess.run(mount, check=True)
    yield directory
    subprocess.run(["umount", directory], check=True)


@contextmanager
def filled_up(directory: Path) -> Generator[None]:
    """Fill the disk to the last byte meanwhile."""
    ballast = directory / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(64 * 1024)):
                pass
        except OSError:
            yield
    ballast.unlink()


@contextmanager
def limited(daemon: DaemonProcess, largest_bytes: int) -> Generator[None]:
    """Let the daemon's files not grow beyond this meanwhile."""
    pid = daemon.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest_bytes, before[1]))
    yield
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


async def live_through(
    simulator: Simulator, directory: Path, daemon: DaemonProcess, full: AbstractContextManager[None]
) -> None:
    """Let a lot happen while the disk is *full*: it is said once, and then all is recorded."""
    await daemon.wait_log("connected to")
    await simulator.burst(500)
    await all_recorded(simulator, directory, daemon)
    before = await daemon.resident_bytes()
    with full:
        await simulator.burst(CHANGES, pause_seconds=0.001)
        await daemon.wait_log(SAID)
        assert await daemon.resident_bytes() < before + 64 * MIB
    await daemon.wait_log("The spool writes again")
    await simulator.burst(100)
    await all_recorded(simulator, directory, daemon)
    assert daemon.log().count(SAID) == 1
    assert "Saved into a new spool" not in daemon.log()
    assert "Traceback" not in daemon.log()
    assert "points dropped" not in daemon.log()
    assert await daemon.stop() == 0


@pytest.mark.servers
@pytest.mark.slow
async def test_full_disk(tmp_path: Path, small_disk: Path) -> None:
    """A full disk is said once; once there is room, all that happened meanwhile is recorded."""
    async with (
        open_simulator(Home(number_of_entities=15), records_emissions=True) as simulator,
        running_daemon(tmp_path, configuration(simulator)) as daemon,
    ):
        await live_through(simulator, tmp_path, daemon, filled_up(small_disk))


@pytest.mark.slow
async def test_file_size_limit(tmp_path: Path) -> None:
    """So is a limit for the size of its files."""
    async with (
        open_simulator(Home(number_of_entities=15), records_emissions=True) as simulator,
        running_daemon(tmp_path, configuration(simulator)) as daemon,
    ):
        await live_through(simulator, tmp_path, daemon, limited(daemon, 64 * 1024))
