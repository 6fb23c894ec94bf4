"""Reads Home Assistant's YAML, in which tags such as `!secret NAME` stand for what is elsewhere.

A tag is read as `Tagged` and only followed where somebody asks for its value, so that a
configuration can be read without all the files that belong to it.
"""

from pathlib import Path

import yaml
from attrs import frozen

from trio_ingest.config.problems import ConfigurationError, Problem
from trio_ingest.config.toml_file import read_text

SECRETS = "secrets.yaml"


class CannotFollowError(Exception):
    """What a tag stands for is not to be had here. It says why, and never what a secret is."""


@frozen
class Tagged:
    """A tag with what stands behind it, in the file of that path.

    `within` says what had to be followed to come here: files, and secrets in files.
    """

    tag: str
    text: str
    path: Path
    within: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.tag} {self.text}".rstrip()

    def value(self) -> object:
        """Return what the tag stands for. Reads files.

        Raises CannotFollowError, and ConfigurationError when it leads back to where it stands.
        """
        match self.tag:
            case "!include":
                file = self.path.parent / self.text
                return self._load(file, str(file.resolve()))
            case "!secret":
                return self._secret()
            case _:
                raise CannotFollowError("only Home Assistant itself can")

    def _secret(self) -> object:
        """Look where Home Assistant does: beside the file, and in the directories above."""
        directories = self.path.absolute().parents
        file = next((each / SECRETS for each in directories if (each / SECRETS).is_file()), None)
        if file is None:
            raise CannotFollowError(f"there is no {SECRETS} beside {self.path.name}")
        secrets = self._load(file, f"{self.text} in {file.resolve()}")
        if not isinstance(secrets, dict) or self.text not in secrets:
            raise CannotFollowError(f"it is not in {file}")
        return secrets[self.text]

    def _load(self, path: Path, step: str) -> object:
        if step in self.within:
            what = f"leads back to itself: {' → '.join((*self.within, step))}"
            remedy = "Take it out there: Home Assistant could not follow it either."
            raise ConfigurationError(self.path, [Problem(str(self), what, remedy)])
        try:
            return load_yaml(path, (*self.within, step))
        except ConfigurationError as error:
            raise CannotFollowError(f"{path} {error.problems[0].what}") from error


class _Loader(yaml.SafeLoader):
    """Reads what is safe, and makes a `Tagged` of every tag that is not YAML's own."""

    def __init__(self, text: str, path: Path, within: tuple[str, ...]) -> None:
        super().__init__(text)
        self.path = path
        self.within = within

    def tagged(self, suffix: str, node: yaml.Node) -> Tagged:
        text = node.value if isinstance(node, yaml.ScalarNode) else "…"
        return Tagged(f"!{suffix}", text, self.path, self.within)


_Loader.add_multi_constructor("!", _Loader.tagged)


def load_yaml(path: Path, within: tuple[str, ...] | None = None) -> object:
    """Return what the file at *path* says; *within* is what led there, with itself.

    Raises ConfigurationError, without quoting the file.
    """
    text = read_text(path)
    try:
        return _Loader(text, path, within or (str(path.resolve()),)).get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "file"
    except (yaml.YAMLError, ValueError, RecursionError):
        where = "file"
    what, remedy = "is not YAML that can be read", "Home Assistant's check of it may say more."
    raise ConfigurationError(path, [Problem(where, what, remedy)])


def behind(value: object, at: str, notes: list[str]) -> object:
    """Return what a tag at *at* stands for; None, and a note, when that is not to be had."""
    if not isinstance(value, Tagged):
        return value
    try:
        found = value.value()
    except CannotFollowError as error:
        notes.append(f"{at}: could not follow {value}: {error}.")
        return None
    if value.tag == "!secret":
        notes.append(f"{at}: what {value} stands for is in this file as it is.")
    return behind(found, at, notes)


def all_behind(value: object, at: str, notes: list[str]) -> object:
    """Return *value* with all tags inside it followed, at any depth."""
    match behind(value, at, notes):
        case dict() as table:
            return {name: all_behind(each, f"{at}.{name}", notes) for name, each in table.items()}
        case list() as items:
            found = [all_behind(each, at, notes) for each in items]
            return [each for each in found if each is not None]
        case plain:
            return plain
