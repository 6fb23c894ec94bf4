"""`/` is a page for browsers and a line of JSON for everybody else."""

import re
from pathlib import Path

import pytest

from tests.admin.running import watched
from trio_ingest.admin.page import hash_of, make_page, wants_page

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "is_page"),
    [
        (BROWSER, True),
        ("text/html", True),
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("application/json, text/html", False),
        ("application/json;q=0.1, TEXT/HTML;q=0.9", True),
        ("text/html;q=nonsense", False),
        ("text/html;q=0", False),
    ],
)
def test_who_gets_the_page(accept: str, is_page: bool) -> None:
    """Only who asks for HTML rather than JSON; a wildcard asks for neither."""
    assert is_page == wants_page(accept)


def test_the_policy_allows_what_is_in_the_page_and_no_more() -> None:
    """The script and the style are those of the policy, and nothing names another host."""
    page = make_page()
    style = re.findall("<style>(.*?)</style>", page.html, re.DOTALL)
    script = re.findall("<script>(.*?)</script>", page.html, re.DOTALL)

    assert [f"'{hash_of(style[0])}'"] == re.findall(r"style-src (\S+);", page.policy)
    assert [f"'{hash_of(script[0])}'"] == re.findall(r"script-src (\S+);", page.policy)
    assert "default-src 'none'" in page.policy
    assert "unsafe" not in page.policy
    assert {"http://www.w3.org/2000/svg"} == set(re.findall(r"https?://[^'\"\s)]+", page.html))
    assert not re.search(r"""(src|href|fetch)\s*[=(]\s*["']/""", page.html)
    assert " style=" not in page.html


async def test_the_page_tells_nothing_without_the_token(tmp_path: Path) -> None:
    """A browser gets the page, which is the same for all; everything else still needs the token."""
    async with watched(tmp_path, 'listen = "127.0.0.1:0"\ntoken = "right"') as admin:
        answer = await admin.client.get("/", headers={"Accept": BROWSER})
        as_json = await admin.client.get("/")
        events = await admin.client.get("/events", headers={"Accept": BROWSER})

    assert make_page().html == answer.text
    assert make_page().policy == answer.headers["content-security-policy"]
    assert "no-store" == answer.headers["cache-control"]
    assert "nosniff" == answer.headers["x-content-type-options"]
    assert "Accept" == answer.headers["vary"]
    assert (401, 401) == (as_json.status_code, events.status_code)
