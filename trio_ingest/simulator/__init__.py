"""A simulated Home Assistant for the demo, for tests and for load.

It speaks the WebSocket API of Home Assistant 2026.11 as far as a recorder needs it, with the real
one's limits and faults. It knows nothing of the daemon that is tested against it.
"""

from trio_ingest.simulator.entrance import Stall
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.recorder import Recorder
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator
from trio_ingest.simulator.story import run_home

__all__ = ["Home", "Recorder", "Simulator", "Stall", "open_simulator", "run_home"]
