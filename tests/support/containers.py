"""Images built and containers run without Docker and without a registry, by buildah and podman.

The base image is made of Debian's packages under the name of the one that the Dockerfiles say, and
the wheels that a build installs are fetched before it, so that a build needs no network.
"""

import fcntl
import os
import subprocess
import sys
import tomllib
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

from attrs import frozen

REPOSITORY = Path(__file__).parents[2]
PODMAN = Path(__file__).with_name("podman")
CACHE = Path(
    os.environ.get("TRIO_INGEST_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trio-ingest"
)
STORAGE = CACHE / "containers"
LOCK = Path("/run/trio-ingest-containers.lock")  # one build at a time on a machine

BASE = "docker.io/library/python:3.13-slim-bookworm"
BASE_PYTHON = "3.11"  # Debian's own
DEBOOTSTRAP = (
    *("mmdebstrap", "--quiet", "--variant=essential", "--mode=root"),
    "--include=python3,python3-venv,ca-certificates",
    '--aptopt=Acquire::Languages "none"',
    '--aptopt=Acquire::Retries "3"',
    "--dpkgopt=force-unsafe-io",
    *(f"--dpkgopt=path-exclude=/usr/share/{each}/*" for each in ("man", "doc", "locale")),
    '--customize-hook=ln -s /usr/bin/python3 "$1/usr/local/bin/python"',
    *("bookworm", "-"),
)
PIP_CONF = "[global]\nno-index = true\nfind-links = /wheels\ndisable-pip-version-check = true\n"

# Root of a machine without CAP_SYS_RESOURCE may only lower limits.
LIMITS = ("--cgroups=disabled", "--ulimit=nofile=1024:1024", "--ulimit=nproc=4096:4096")
# As strict as Docker's --read-only, without the writable /tmp that podman adds.
HARDENED = (
    *("--read-only", "--read-only-tmpfs=false"),
    *("--cap-drop=all", "--security-opt=no-new-privileges"),
)


def podman(*arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run podman to its end; what it says on both streams is in `stdout`."""
    return output_of(PODMAN, STORAGE, *arguments, check=check)


def output_of(*command: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    if check:
        assert done.returncode == 0, (command, done.stdout)
    return done


def build_image(tag: str, context: Path, arguments: Mapping[str, str]) -> str:
    """Build what the Dockerfile in *context* says; what did not change is taken from the cache."""
    STORAGE.mkdir(parents=True, exist_ok=True)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make_base()
        wheels = fetch_wheels()
        output_of(
            *("buildah", "--root", STORAGE, "--runroot", "/run/trio-ingest-containers"),
            *("bud", "--isolation=chroot", "--network=host", "--pull-never", "--layers"),
            "--format=docker",  # HEALTHCHECK is not in the other one
            f"--volume={wheels}:/wheels:ro",
            f"--volume={wheels / 'pip.conf'}:/etc/pip.conf:ro",
            *(f"--build-arg={name}={value}" for name, value in arguments.items()),
            *("--tag", tag, context),
        )
    return tag


def make_base() -> None:
    """Make the base image, unless it was made before."""
    if podman("image", "exists", BASE, check=False).returncode == 0:
        return
    with subprocess.Popen(DEBOOTSTRAP, stdout=subprocess.PIPE) as debootstrap:
        command = [PODMAN, STORAGE, "import", "--change", "ENV LANG=C.UTF-8", "-", BASE]
        subprocess.run(command, stdin=debootstrap.stdout, check=True, timeout=600)
    assert debootstrap.returncode == 0


def fetch_wheels() -> Path:
    """Return a directory with what the image needs, and with what builds the wheel."""
    needed = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    requirements = [
        *needed["project"]["dependencies"],
        *needed["project"]["optional-dependencies"]["nkeys"],
        *needed["build-system"]["requires"],
    ]
    constraints = REPOSITORY / "constraints.txt"
    key = crc32("\n".join(requirements).encode() + constraints.read_bytes())
    directory = CACHE / f"wheels-{key:08x}"
    if not (directory / "pip.conf").exists():
        command = [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--only-binary=:all:"),
            *("--python-version", BASE_PYTHON, "--dest", str(directory), "-c", str(constraints)),
            *requirements,
        ]
        subprocess.run(command, check=True, timeout=300)
        (directory / "pip.conf").write_text(PIP_CONF)  # last: it says that all is there
    return directory


@frozen
class Container:
    """A container that was started."""

    name: str

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run *command* inside, to its end."""
        return podman("exec", self.name, *command, check=check)

    def log(self) -> str:
        return podman("logs", self.name).stdout

    def is_healthy(self) -> bool:
        """Run the image's health check now."""
        return podman("healthcheck", "run", self.name, check=False).returncode == 0

    def send(self, signal: str) -> None:
        podman("kill", "--signal", signal, self.name)

    def stop(self) -> int:
        """Stop it as `docker stop` does, and return its exit code."""
        podman("stop", "--time", "20", self.name)
        return int(self.inspect("{{.State.ExitCode}}"))

    def inspect(self, what: str) -> str:
        return podman("inspect", "--format", what, self.name).stdout.strip()


@contextmanager
def running_container(
    name: str,
    image: str,
    *options: str,
    environment: Mapping[str, str],
    command: Sequence[str] = (),
) -> Generator[Container]:
    """Run *image* in the machine's own network, and remove the container at the end."""
    variables = [f"--env={key}={value}" for key, value in environment.items()]
    kept = ("--detach", f"--name={name}", "--network=host", "--log-driver=k8s-file", *LIMITS)
    podman("run", *kept, *options, *variables, image, *command)
    try:
        yield Container(name)
    finally:
        podman("rm", "--force", "--time", "0", name)


@contextmanager
def volume(name: str) -> Generator[str]:
    """A volume that is empty, and gone at the end."""
    podman("volume", "create", name)
    try:
        yield name
    finally:
        podman("volume", "rm", "--force", name)
