"""Asks systemd about the unit, where there is systemd."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import trio

from trio_ingest.doctor.finding import Finding
from trio_ingest.doctor.units import (
    ABOUT,
    judge_difference,
    judge_journal,
    judge_unit,
    shipped_unit,
)

RUNS_HERE = Path("/run/systemd/system")  # sd_booted(3)
JOURNAL = Path("/var/log/journal")
ANSWER_SECONDS = 10.0
PROPERTIES = (
    "LoadState,FragmentPath,UnitFileState,ActiveState,SubState,Result,ExecMainStatus,NRestarts,"
    "NeedDaemonReload,StatusText,LogRateLimitBurst"
)


async def check_systemd(unit: str) -> Sequence[Finding]:
    """Ask systemctl, and judge."""
    systemctl = find_systemctl()
    if systemctl is None:
        return [ABOUT.skipped("unit", "this machine, or container, is not run by systemd")]
    try:
        with trio.fail_after(ANSWER_SECONDS):
            done = await trio.run_process(
                [systemctl, "show", unit, f"--property={PROPERTIES}"],
                capture_stdout=True,
                capture_stderr=True,
                check=False,
            )
    except OSError as error:
        return [ABOUT.skipped("unit", f"systemctl cannot be run: {error}")]
    except trio.TooSlowError:
        return [ABOUT.skipped("unit", f"no answer of systemctl within {ANSWER_SECONDS:g} s")]
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        return [ABOUT.skipped("unit", f"systemctl would not say: {said}")]
    return judge_service(unit, read_properties(done.stdout.decode(errors="replace")))


def find_systemctl() -> str | None:
    """Return where systemctl is; None: this machine is not run by systemd."""
    return shutil.which("systemctl") if RUNS_HERE.is_dir() else None


def judge_service(unit: str, shown: Mapping[str, str]) -> Sequence[Finding]:
    """Judge the unit by its properties, its file, and the journal that it writes to."""
    return [
        *judge_unit(unit, shown),
        *look_at_file(unit, shown.get("FragmentPath", "")),
        judge_journal(is_persistent=JOURNAL.is_dir()),
    ]


def read_properties(text: str) -> Mapping[str, str]:
    """Return what `systemctl show` has printed."""
    pairs = (line.partition("=") for line in text.splitlines())
    return {name: value for name, separator, value in pairs if separator}


def look_at_file(unit: str, path: str) -> Sequence[Finding]:
    """Compare the unit with the shipped one."""
    if not path:
        return []
    try:
        installed = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return [ABOUT.skipped("unit_version", f"{path} cannot be read: {error}")]
    return [judge_difference(installed, shipped_unit(unit))]
