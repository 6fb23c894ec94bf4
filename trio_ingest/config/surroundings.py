"""What a configuration finds around itself: the environment, and the directory it is in."""

from collections.abc import Mapping
from pathlib import Path

from attrs import field, frozen

from trio_ingest.config.problems import Misfit

NAME = "trio-ingest"
DEFAULT_LISTEN = "127.0.0.1:8099"


@frozen
class Surroundings:
    """The environment, and the directory that relative paths start from."""

    environment: Mapping[str, str] = field(repr=False)
    directory: Path

    def path(self, written: Path) -> Path:
        """Return the absolute path that is meant by *written*. Raises Misfit."""
        if written.parts[:1] == ("~",):
            return self._home().joinpath(*written.parts[1:])
        return self.directory / written

    def default_state_directory(self) -> Path:
        """Return where state is kept when the file does not say it. Raises Misfit."""
        if given := self.environment.get("STATE_DIRECTORY"):
            return Path(first_of(given)).absolute()
        if state_home := absolute(self.environment.get("XDG_STATE_HOME")):
            return state_home / NAME
        try:
            return self._home() / ".local" / "state" / NAME
        except Misfit:
            raise Misfit(
                "is not given, and there is no home directory to take its place",
                "Give state_directory in the file, or set $STATE_DIRECTORY or $XDG_STATE_HOME.",
            ) from None

    def default_listen(self) -> str:
        """Return where the admin server listens when the file does not say it."""
        return self.environment.get("TRIO_INGEST_ADMIN_LISTEN") or DEFAULT_LISTEN

    def credential(self, name: str) -> Path | None:
        """Return the file of the systemd credential *name*, if there is one."""
        directory = self.environment.get("CREDENTIALS_DIRECTORY")
        if not directory:
            return None
        file = Path(directory, name)
        try:
            return file if file.exists() else None
        except OSError:
            return file  # whoever reads it is told why it cannot be read

    def _home(self) -> Path:
        home = absolute(self.environment.get("HOME"))
        if home is None:
            raise Misfit('"~" stands for nothing, since $HOME is not set', "Write the whole path.")
        return home


def first_of(directories: str) -> str:
    """Return the first of several directories, as systemd lists them."""
    return directories.partition(":")[0]


def absolute(directory: str | None) -> Path | None:
    """Return an absolute path, or None: the XDG specification says that others be ignored."""
    return Path(directory) if directory and directory.startswith("/") else None
