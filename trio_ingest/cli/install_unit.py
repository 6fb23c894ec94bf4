"""`trio-ingest install-unit`: a service of systemd's, for the environment that this runs from."""

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import click

import trio_ingest
from trio_ingest.installation.obstacles import obstacles
from trio_ingest.installation.plan import PlannedFile, Service
from trio_ingest.installation.writing import Fate, before, below, write

ELSEWHERE = """
The service has a user of its own, who cannot run that. Install into a place for everybody, with a
Python that is in no home directory, and run this again from there:
  /usr/bin/python3 -m venv /opt/trio-ingest
  /opt/trio-ingest/bin/pip install .
  /opt/trio-ingest/bin/trio-ingest install-unit"""
DEFAULT_RELAY = "relay"
REMARKS = {
    Fate.KEPT: " (it is yours)",
    Fate.REPLACED: " (what was there is in {before})",
}


def install_unit_command(
    root: Path, name: str | None, *, is_relay: bool, only_prints: bool
) -> None:
    """Write the files of the service below *root*, or print them; leave with 1 if it cannot be."""
    program = Path(sysconfig.get_path("scripts")) / "trio-ingest"
    version = systemd_version()
    name = name or (DEFAULT_RELAY if is_relay else None)
    service = Service(program=program, systemd_version=version, name=name, is_relay=is_relay)
    needed = (Path(sys.executable), Path(sys.base_prefix), Path(trio_ingest.__file__))
    in_the_way = obstacles(program, needed)
    for obstacle in in_the_way:
        click.echo(obstacle, err=True)
    if only_prints:
        for planned in service.files():
            click.echo(f"# {planned.path}\n{planned.text}")
        return
    if in_the_way:
        click.echo(ELSEWHERE, err=True)
        sys.exit(1)
    if root == Path("/") and os.geteuid() != 0:
        click.echo(
            "install-unit writes below /etc and /usr/local: run it as root. --print shows what it "
            "would write, --root writes it elsewhere",
            err=True,
        )
        sys.exit(1)
    if version is None:
        click.echo("systemctl does not say its version: `reload` will not wait for its end")
    try:
        fates = {install(planned, root) for planned in service.files()}
    except OSError as error:
        click.echo(f"{error.filename}: cannot be written: {error.strerror}", err=True)
        sys.exit(1)
    if not fates & {Fate.WRITTEN, Fate.REPLACED}:
        click.echo("Nothing has changed.")
        return
    click.echo("\nNext:")
    for number, step in enumerate(service.next_steps(), start=1):
        click.echo(f"  {number}. {step}")


def install(planned: PlannedFile, root: Path) -> Fate:
    """Write one file and say so."""
    fate = write(planned, root)
    target = below(root, planned.path)
    click.echo(f"{fate:10} {target}{REMARKS.get(fate, '').format(before=before(target))}")
    return fate


def systemd_version() -> int | None:
    """Return the version of this machine's systemd; None: there is none that says so."""
    command = ["systemctl", "--version"]
    try:
        said = subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.match(rb"systemd (\d+)", said)
    return int(found[1]) if found else None
