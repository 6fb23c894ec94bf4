"""What the daemon does before it is ready, and what it leaves for later."""

import subprocess
import sys

SCRIPT = """
import sys
from functools import partial
import trio
import trio_ingest.daemon
from trio_ingest.admin.server import open_admin
from trio_ingest.config.model import AdminConfig
from trio_ingest.looking import look
from trio_ingest.river import River

LATER = {"rich", "pygments", "starlette", "hypercorn"}

async def main() -> None:
    river = River()
    config = AdminConfig(listen=f"unix:{sys.argv[1]}")
    async with open_admin(config, partial(look, river), None, ready=river.standing):
        async with await trio.open_unix_socket(sys.argv[1]) as caller:
            await caller.send_all(b"GET /livez HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
            await trio.sleep(0.1)
            print(*sorted(LATER & sys.modules.keys()))
            river.standing.set()
            with trio.fail_after(20):
                print((await caller.receive_some()).splitlines()[0].decode())

trio.run(main)
"""

LANE = '''
import sys
from pathlib import Path
import trio
import trio_ingest.daemon
from trio_ingest.config.loading import load_file
from trio_ingest.config.wanted import WantedLane
from trio_ingest.lane import open_lane, open_sink
from trio_ingest.model.batch import Batch, Encoding

LATER = {"httpx", "httpcore", "trio_ingest.relay.relay", "trio_ingest.jetstream.client",
         "trio_ingest.publishing.publisher", "importlib.metadata", "email.message",
         "trio_ingest.config.nats_model", "trio_ingest.config.relay_model",
         "trio_ingest.sinks.sqlite", "trio_ingest.processing.rows",
         "trio_ingest.processing.event_rows"}
HTTP = {"httpx", "httpcore"}
NEVER = {"rich", "pygments", "h2"}
BATCH = Batch.of_lines([b"m v=1 1"], encoding=Encoding.LINE_PROTOCOL_US, first=1, last=1)
FILE = """
[home_assistant.home]
url = "http://127.0.0.1:1"
token = "t"
[sink.x]
kind = "influxdb"
url = "http://127.0.0.1:1"
api = "v1"
database = "home"
"""

async def main() -> None:
    directory = Path(sys.argv[1])
    file = directory / "trio-ingest.toml"
    file.write_text(FILE)
    [config] = load_file(file, {"STATE_DIRECTORY": sys.argv[1]}).sinks
    wanted = WantedLane(config=config, secret="", homes=(), state_directory=directory)
    async with open_lane(wanted, {}), open_sink(config) as sink:
        print(*sorted(LATER & sys.modules.keys()))
        print((await sink.write(BATCH)).reason.partition(": ")[0])
        print(*sorted((HTTP | NEVER) & sys.modules.keys()))

trio.run(main)
'''


def run(script: str, argument: object) -> subprocess.CompletedProcess[str]:
    """Run *script* in a Python that has imported nothing yet."""
    command = [sys.executable, "-c", script, str(argument)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_daemon_is_ready_before_its_web_server(tmp_path):
    """Until then nothing is imported that recording does not need; who calls early is answered."""
    result = run(SCRIPT, tmp_path / "socket")

    assert result.stdout.splitlines() == ["", "HTTP/1.1 200 "], result.stderr


def test_what_writes_to_an_influxdb_comes_with_the_first_batch(tmp_path):
    """And what belongs to a relay, a stream or a publisher only where there is one."""
    result = run(LANE, tmp_path)

    expected = ["", "http://127.0.0.1:1", "httpcore httpx"]
    assert result.stdout.splitlines() == expected, result.stderr


def test_what_is_imported_is_no_garbage(tmp_path):
    """The collector does not look through it again and again, and goes on with what comes later."""
    script = """
import gc
import trio_ingest.cli.run
trio_ingest.cli.run.run_command = lambda *_, **__: print(gc.isenabled(), gc.get_freeze_count() > 0)
import trio_ingest.cli
trio_ingest.cli.start_daemon(None)
"""
    result = run(script, tmp_path)

    assert result.stdout.splitlines() == ["True True"], result.stderr


def test_websockets_comes_without_the_metadata_of_packages(tmp_path):
    """A tree of it that is no release looks for its version there: it hears that there is none."""
    script = """
import sys
from trio_ingest.bare_websockets import leaving_out_metadata
with leaving_out_metadata():
    import importlib.metadata
    try:
        importlib.metadata.version("websockets")
    except ImportError as error:
        print(error)
import importlib.metadata
print(importlib.metadata.version("websockets") == __import__("websockets").__version__)
"""
    result = run(script, tmp_path)

    assert result.stdout.splitlines() == ["importlib.metadata is left out", "True"], result.stderr


def test_who_runs_the_daemon_imports_no_other_command(tmp_path):
    """They are there for whoever calls one, and for --help."""
    script = """
import sys
import click
from trio_ingest.cli import main
context = click.Context(main)
print(main.get_command(context, "run").name, "trio_ingest.cli.others" in sys.modules)
print(main.get_command(context, "import").name, {"spool", "demo"} < {*main.list_commands(context)})
"""
    result = run(script, tmp_path)

    assert result.stdout.splitlines() == ["run False", "import True"], result.stderr
