"""docs/runbook.md has every alert, and every warning and error that the daemon can log."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.docs.alerts import ALERTS
from trio_ingest.config.admin_rules import warning_of
from trio_ingest.config.model import AdminConfig
from trio_ingest.delivery.writer import FIELDS_REFUSED, POINTS_REFUSED
from trio_ingest.relay.farewell import UNHEARD
from trio_ingest.relay.foreign import FOREIGN, NOT_KEPT

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
MESSAGES = TEXT.partition("\n## Messages in the log\n")[2]

LOUD = {"warning", "error", "exception", "critical"}
ELSEWHERE = {"doctor", "simulator"}
"""What these call a warning is a finding, or an answer."""
# Their texts come from elsewhere: from `Complaint`'s makers, and from what the configuration found.
GIVEN = {"self.text", "'%s'", "warning"}
MADE_ELSEWHERE = {
    (warning_of(AdminConfig(listen="%s:0")) or "").replace("%s:0", "%s"),
    POINTS_REFUSED,
    FIELDS_REFUSED,
    UNHEARD,
    FOREIGN,
    NOT_KEPT,
    "%s log records were lost here, the journal did not take them",  # by the journal's handler
}
PLACEHOLDER = re.compile(r"%(\.\d)?[a-z]")


def logged() -> Iterator[str]:
    """Yield what the daemon can say at these levels, with `%s` for what differs."""
    for path in sorted((ROOT / "trio_ingest").rglob("*.py")):
        if path.parent.name not in ELSEWHERE:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    yield from said_by(node, node.func.attr)


def said_by(call: ast.Call, method: str) -> Iterator[str]:
    if method == "log" and "logging.INFO" not in ast.unparse(call.args[0]):
        yield text_of(call.args[1])
    elif method in LOUD and call.args and ast.unparse(call.args[0]) not in GIVEN:
        yield text_of(call.args[0])


def text_of(text: ast.expr) -> str:
    """Return a format, or an f-string as one."""
    match text:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=values):
            return "".join(v.value if isinstance(v, ast.Constant) else "%s" for v in values)
    raise AssertionError(f"what does it say? {ast.unparse(text)}")


def test_every_alert() -> None:
    """The page has a heading for each alert, in their order, and none for others."""
    assert list(ALERTS) == re.findall(r"^### (TrioIngest\w+)$", TEXT, re.MULTILINE)


def test_every_message() -> None:
    """The page has each message that is a warning or worse, and no others."""
    shown = re.findall(r"`([^`]+)` ?\n? *\((?:warning|error|critical)", MESSAGES)

    said = {PLACEHOLDER.sub("…", text) for text in {*logged(), *MADE_ELSEWHERE}}

    assert len(said) > 30
    assert sorted(said) == sorted(shown)


def test_links_lead_somewhere() -> None:
    """Links within the page are names of alerts; other pages are there."""
    for name, target in re.findall(r"\[([^\]]+)\]\(([^)]+)\)", TEXT):
        if target.startswith("#"):
            assert name in ALERTS
            assert target == f"#{name.lower()}"
        else:
            assert (ROOT / "docs" / target).exists()
