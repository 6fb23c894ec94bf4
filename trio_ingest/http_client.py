"""How HTTP servers are asked, and what it means when they cannot be."""

import os
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from trio_ingest.loopback import is_loopback

if TYPE_CHECKING:
    import httpx


def open_http_client(
    url: str, *, verify_tls: bool, authority: ssl.SSLContext | None
) -> "httpx.AsyncClient":
    """Return a client for the server at *url*, to be entered; whoever asks keeps the time."""
    # A home's connection wants the words below only, and to import this takes 40 ms of a start.
    from trio_ingest.bare_httpx import httpx  # noqa: PLC0415

    return httpx.AsyncClient(
        verify=what_to_trust(url, verify_tls=verify_tls, authority=authority),
        timeout=None,
        # $HTTPS_PROXY and its kin count, as people expect, but no proxy leads to our own machine.
        trust_env=not is_loopback(urlsplit(url).hostname or ""),
    )


def read_authority(*, verify_tls: bool, ca_file: Path | None) -> ssl.SSLContext | None:
    """Return who alone is trusted, if that was said and anything is to be verified.

    Raises OSError when *ca_file* cannot be read or holds no certificate.
    """
    return ssl.create_default_context(cafile=ca_file) if verify_tls and ca_file else None


def what_to_trust(
    url: str, *, verify_tls: bool, authority: ssl.SSLContext | None
) -> ssl.SSLContext | bool:
    """Return what httpx shall verify a server with."""
    from urllib.request import getproxies  # noqa: PLC0415 - as above: 6 ms

    if not verify_tls:
        return False
    if authority is not None:
        return authority
    if urlsplit(url).scheme == "http" and not getproxies():
        # There will be no TLS, and to read all authorities of the world would take a tenth of the
        # start. This one trusts nobody.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return True


def root_of(error: BaseException) -> BaseException:
    """Return what *error* began with; httpx and Trio wrap it, and some wrappings say nothing."""
    while True:
        inner = error.__cause__ or error.__context__
        if isinstance(error, BaseExceptionGroup):
            inner = error.exceptions[-1]
        if inner is None:
            return error
        error = inner


def words_of(error: BaseException) -> str:
    """Return in the system's own words what *error* began with; never empty."""
    root = root_of(error)
    words = str(root)
    if isinstance(root, OSError) and not isinstance(root, ssl.SSLError | socket.gaierror):
        words = os.strerror(root.errno) if root.errno else words
    return words or type(error).__name__
