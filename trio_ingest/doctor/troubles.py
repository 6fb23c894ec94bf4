"""Judges why a server could not be talked to: which check that is, and what to do."""

import errno
import socket
import ssl

from trio_ingest.doctor.finding import About, Finding
from trio_ingest.http_client import root_of

REACHABLE = "reachable"
TLS = "tls"


def judge_unreachable(about: About, error: BaseException, words: str) -> Finding:
    """Say what *error* means, of which *words* are the message, without secrets."""
    match root_of(error):
        case ssl.SSLCertVerificationError():
            advice = (
                "Set ca_file to the certificate of its authority, and use in url a name that is in "
                "its certificate. verify_tls = false trusts everybody."
            )
            return about.failed(TLS, words, advice)
        case ssl.SSLError():
            return about.failed(
                TLS, words, "Probably it does not speak TLS at this port: try http:// in url."
            )
        case socket.gaierror():
            advice = "Correct the host name in url, or see why this machine cannot resolve it."
        case OSError(errno=errno.ECONNREFUSED):
            advice = "Nobody listens there: start it, or correct the port in url."
        case OSError(errno=errno.EHOSTUNREACH | errno.ENETUNREACH):
            advice = "There is no way to that address: look at the network, or correct url."
        case _:
            advice = "See that it runs, that url is right, and that no firewall is in between."
    return about.failed(REACHABLE, words, advice)
