"""The status page: one answer with all that it needs, which works offline and behind any prefix.

It is put together from `page.html`, `page.css` and `page.js` beside this file. The policy that goes
with it lets the browser run exactly these, and talk to nobody but us.
"""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from attrs import frozen


@frozen
class Page:
    """The page, and its Content-Security-Policy."""

    html: str
    policy: str


def make_page() -> Page:
    """Read the files and put them together."""
    css, script, html = (_read(f"page.{kind}") for kind in ("css", "js", "html"))
    policy = "; ".join(
        [
            "default-src 'none'",
            f"style-src '{hash_of(css)}'",
            f"script-src '{hash_of(script)}'",
            "connect-src 'self'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'self'",  # Home Assistant shows it in a frame of its own
        ]
    )
    return Page(html.replace("/*page.css*/", css).replace("/*page.js*/", script), policy)


def hash_of(text: str) -> str:
    """Return what a Content-Security-Policy calls an inline script or style."""
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def wants_page(accept: str) -> bool:
    """Say whether an Accept header asks for HTML rather than JSON, as that of a browser does."""
    return _quality(accept, "text/html") > _quality(accept, "application/json")


def _quality(accept: str, media_type: str) -> float:
    for part in accept.split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        if name.lower() != media_type:
            continue
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                try:
                    return float(value)
                except ValueError:
                    return 0.0
        return 1.0
    return 0.0


def _read(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")
