"""Finds tokens and passwords: in the file, in a file of their own, or as a systemd credential."""

import re
import stat
from pathlib import Path
from typing import Any

from attrs import frozen

from trio_ingest.config.common import Secret
from trio_ingest.config.kinds.plain import FilePath
from trio_ingest.config.problems import Misfit, Report
from trio_ingest.config.surroundings import Surroundings

SECRETS_OF_CONTAINERS = Path("/run/secrets")
"""Where Docker and Podman put secrets, readable by all users: of the container, which is ours."""


@frozen(eq=False, repr=False)
class Credentials:
    """Takes the secrets out of tables. Whatever is said about them, they are never repeated.

    Where only the daemon may read them (`are_readable` is false), those that are not in the table
    itself are taken to be there and to be good.
    """

    surroundings: Surroundings
    report: Report
    are_readable: bool = True

    def take(self, table: dict[str, Any], at: str, name: str) -> Secret | None:
        """Remove `NAME` and `NAME_file` from *table* and return the secret, or None if none is.

        With neither there, it is the systemd credential that is called like the key path. A secret
        with a problem is reported, and an empty one returned in its place.
        """
        written, file = table.pop(name, None), table.pop(f"{name}_file", None)
        only_file = written is None and file is not None
        try:
            return self._find(written, file, at, name)
        except Misfit as misfit:
            self.report.misfit(f"{at}.{name}_file" if only_file else f"{at}.{name}", misfit)
            return Secret()

    def missing(self, at: str, name: str, instead: str = "") -> None:
        """Report that there should be a secret, and name the ways to give it."""
        if not self.are_readable:
            return
        self.report.problem(
            f"{at}.{name}",
            "is missing",
            f'Give {name} = "…", or {name}_file = "PATH", or the systemd credential '
            f"{at}.{name}{instead}.",
        )

    def _find(self, written: object, file: object, at: str, name: str) -> Secret | None:
        if written is not None and file is not None:
            raise Misfit(f"{name} and {name}_file are both given", "Keep one of them.")
        if written is not None:
            return Secret(value=usable(written, name))
        if file is not None:
            return self._in_file(self.surroundings.path(FilePath().read(file)), name)
        credential = self.surroundings.credential(f"{at}.{name}")
        return None if credential is None else self._in_file(credential, name)

    def _in_file(self, file: Path, name: str) -> Secret:
        if not self.are_readable:
            return Secret(file=file)
        try:
            usable(file.read_text(encoding="utf-8").strip(), name)
            others_may_read = file.stat().st_mode & stat.S_IROTH
        except OSError as error:
            raise Misfit(
                f"cannot read {file}: {error.strerror}",
                f"Put the {name} there, readable by the user that runs trio-ingest.",
            ) from error
        except UnicodeDecodeError as error:
            raise Misfit(
                f"{file} is not text", f"Put the {name} there, and nothing else."
            ) from error
        if others_may_read and not file.is_relative_to(SECRETS_OF_CONTAINERS):
            self.report.warning(f"{file} can be read by every user: chmod o-r {file}")
        return Secret(file=file)


def usable(secret: object, name: str) -> str:
    """Return *secret*, or raise Misfit when it cannot be a token or a password.

    A token is sent in a header as it is; a password may have blanks and any letters. Credentials
    are the text of a file, with lines.
    """
    if not isinstance(secret, str):
        raise Misfit("is not a string", f"Write the {name} in quotes.")
    if not secret:
        raise Misfit("is empty", f"Put the {name} there.")
    remedy = f"A {name} is on one line; copy it once more."
    if name == "token" and not re.fullmatch("[!-~]+", secret):
        raise Misfit("has a blank, a line break or an odd letter inside", remedy)
    if not secret.isprintable() and name != "credentials":
        raise Misfit("has a line break or a control character inside", remedy)
    return secret
