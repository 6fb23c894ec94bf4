"""Which files make a service of the daemon, and what is in them; nothing is written here."""

from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from trio_ingest.installation.shipped import shipped

UNITS = Path("/etc/systemd/system")
CONFIGURATION = Path("/etc/trio-ingest")
# https://www.freedesktop.org/software/systemd/man/252/journalctl.html, --update-catalog
CATALOGS = Path("/usr/local/lib/systemd/catalog")
# The first systemd with Type=notify-reload.
CAN_WAIT_FOR_RELOADS = 253
SHIPPED_PROGRAM = "/opt/trio-ingest/bin/trio-ingest"
ADMIN_OF_INSTANCE = """
# The default, 127.0.0.1:8099, is for one daemon on a machine.
[admin]
listen = "unix:/run/trio-ingest-{name}/admin.sock"
"""


@frozen(kw_only=True)
class PlannedFile:
    """A file to write. One that is somebody's own is written once and never touched again."""

    path: Path
    text: str
    is_own: bool = False


@frozen(kw_only=True)
class Service:
    """The service that there shall be. `name` tells several on a machine apart; None: the one.

    A relay always has a name.
    """

    program: Path
    systemd_version: int | None
    name: str | None = None
    is_relay: bool = False

    @property
    def unit(self) -> str:
        """Return what `systemctl` calls it."""
        if self.is_relay:
            return f"trio-ingest-relay@{self.name}"
        return f"trio-ingest@{self.name}" if self.name else "trio-ingest"

    @property
    def config_file(self) -> Path:
        """Return where its configuration is."""
        return CONFIGURATION / f"{self.name or 'trio-ingest'}.toml"

    @property
    def token_file(self) -> Path:
        """Return where systemd looks for the token of its Home Assistant."""
        return CONFIGURATION / self._own("home-assistant.token")

    def files(self) -> Sequence[PlannedFile]:
        """Return all files, the unit first."""
        file = f"{self.unit.removesuffix(self.name or '')}.service"
        planned = [PlannedFile(path=UNITS / file, text=self._with_program(shipped(file)))]
        if (self.systemd_version or 0) >= CAN_WAIT_FOR_RELOADS:
            text = self._with_program(shipped("reload-253.conf"))
            if self.name:
                text = text.replace("trio-ingest.toml", "%i.toml")
            planned.append(PlannedFile(path=UNITS / f"{file}.d/reload-253.conf", text=text))
        if not self.is_relay:  # most relays have no secret, or others
            planned.append(self._credentials())
        return [
            *planned,
            PlannedFile(path=self.config_file, text=self._configuration(), is_own=True),
            PlannedFile(path=CATALOGS / "trio-ingest.catalog", text=shipped("trio-ingest.catalog")),
        ]

    def next_steps(self) -> Sequence[str]:
        """Return what is left to do by hand, in order."""
        return (
            *(self._steps_of_a_relay() if self.is_relay else self._steps_of_a_recorder()),
            "systemctl daemon-reload && journalctl --update-catalog",
            f"systemctl enable --now {self.unit}",
            f"systemctl status {self.unit}; journalctl -x -u {self.unit}",
        )

    def _steps_of_a_recorder(self) -> Sequence[str]:
        token = f"install -m 600 /dev/stdin {self.token_file}"
        return (
            f"say where Home Assistant is, in {self.config_file}",
            f"put its token, of any user, into a file: {token}",
        )

    def _steps_of_a_relay(self) -> Sequence[str]:
        setup = f"trio-ingest nats setup --config {self.config_file}"
        return (
            f"say where the stream and the database are, in {self.config_file}",
            f"make the stream, if there is none: {setup}",
        )

    def _credentials(self) -> PlannedFile:
        return PlannedFile(
            path=UNITS / f"{self.unit}.service.d" / "credentials.conf",
            text=self._of_instance(shipped("credentials.conf")),
            is_own=True,
        )

    def _with_program(self, unit: str) -> str:
        # systemd.service(5), systemd.unit(5): both signs have a meaning in a unit.
        escaped = str(self.program).replace("%", "%%").replace("$", "$$")
        return unit.replace(SHIPPED_PROGRAM, escaped)

    def _configuration(self) -> str:
        if self.is_relay:
            return (
                shipped("relay.toml")
                .replace("relay.toml", f"{self.name}.toml")
                .replace("trio-ingest-relay-relay", f"trio-ingest-relay-{self.name}")
            )
        text = self._of_instance(shipped("trio-ingest.toml"))
        return text + ADMIN_OF_INSTANCE.format(name=self.name) if self.name else text

    def _of_instance(self, text: str) -> str:
        if self.name is None:
            return text
        for old in ("home-assistant.token", "influx.token"):
            text = text.replace(old, self._own(old))
        return (
            text.replace("trio-ingest.toml", f"{self.name}.toml")
            .replace("trio-ingest.service", f"{self.unit}.service")
            .replace("reload trio-ingest", f"reload {self.unit}")
        )

    def _own(self, file: str) -> str:
        return f"{self.name}-{file}" if self.name else file
