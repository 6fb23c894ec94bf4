"""The manual page, made of what the commands say of themselves.

    python -m trio_ingest.cli.manual > docs/trio-ingest.1

There is click-man, which makes a page a command with the day's date in each: 18 files that would
differ every day from those in the repository.
"""

import re
from collections.abc import Iterator

import click

from trio_ingest.cli import main

ABOUT = main.help or ""
EXIT_CODES = (
    ("0", "done"),
    ("1", "failed, or something is wrong"),
    ("2", "usage"),
    ("78", "the configuration is wrong"),
)
FILES = (
    ("/etc/trio-ingest/trio-ingest.toml", "the configuration, unless --config names another"),
    ("~/.config/trio-ingest/trio-ingest.toml", "a user's own, which comes before it"),
)


def commands(
    command: click.Command = main, name: str = "trio-ingest"
) -> Iterator[tuple[str, click.Command]]:
    """Yield every command that does something, with its whole name, in the order of names."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for each in command.list_commands(context):
            inner = command.get_command(context, each)
            assert inner is not None
            yield from commands(inner, f"{name} {each}")
    else:
        yield name, command


def page() -> str:
    """Return the page in the language of man(7)."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield '.TH TRIO-INGEST 1 "" "trio-ingest" "User Commands"'
    yield ".SH NAME"
    yield f"trio-ingest \\- {roff(ABOUT[0].lower() + ABOUT[1:].rstrip('.'))}"
    yield ".SH SYNOPSIS"
    yield ".B trio-ingest"
    yield "\\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]..."
    yield ".SH COMMANDS"
    for name, command in commands():
        yield from _command(name, command)
    yield ".SH EXIT STATUS"
    for code, meaning in EXIT_CODES:
        yield from (".TP", f".B {code}", roff(meaning))
    yield ".SH FILES"
    for file, meaning in FILES:
        yield from (".TP", f".I {roff(file)}", roff(meaning))


def _command(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=name)
    arguments = [piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]"]
    yield ".SS " + roff(" ".join([name, *arguments]))
    yield roff(command.help or "")
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record is not None and isinstance(parameter, click.Option):
            switches, said = record
            yield from (".TP", f".B {roff(switches)}", roff(said))


def roff(text: str) -> str:
    """Return a paragraph such that nothing in it is a command."""
    text = " ".join(re.sub(r"[\b]", "", text).split())
    text = text.replace("\\", r"\e").replace("-", r"\-")
    text = re.sub(r"^([.'])", r"\\&\1", text)
    return re.sub(r"[^ -~]", lambda found: rf"\[u{ord(found[0]):04X}]", text)


if __name__ == "__main__":
    click.echo(page(), nl=False)
