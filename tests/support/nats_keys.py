"""Keys and JWTs of NATS for tests: an operator, an account with JetStream, and a user of it.

https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/jwt
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SEED = 18 << 3
OPERATOR, ACCOUNT, USER = 14 << 3, 0 << 3, 20 << 3


@frozen
class Key:
    """A key pair of one kind, in the letters of NATS."""

    kind: int
    private: Ed25519PrivateKey = field(factory=Ed25519PrivateKey.generate, repr=False)

    @property
    def public(self) -> str:
        """Return what others know it by."""
        return letters(bytes([self.kind]) + self.private.public_key().public_bytes_raw())

    @property
    def seed(self) -> str:
        """Return what nobody else may know."""
        prefix = bytes([SEED | self.kind >> 5, (self.kind & 31) << 3])
        return letters(prefix + self.private.private_bytes_raw())

    def jwt(self, subject: str, name: str, claims: Mapping[str, Any]) -> str:
        """Return what this key says of *subject*."""
        head = {"typ": "JWT", "alg": "ed25519-nkey"}
        body = {
            "jti": name,
            "iat": 1_700_000_000,
            "iss": self.public,
            "sub": subject,
            "name": name,
            "nats": {"version": 2, **claims},
        }
        text = ".".join(url_letters(json.dumps(part).encode()) for part in (head, body))
        return f"{text}.{url_letters(self.private.sign(text.encode()))}"


@frozen(kw_only=True)
class World:
    """A server's settings, and what a user of it needs."""

    settings: str
    creds: str


def make_world() -> World:
    """Return an operator with one account, and one user of that."""
    operator, account, user = Key(OPERATOR), Key(ACCOUNT), Key(USER)
    limits = dict.fromkeys(("subs", "data", "payload", "imports", "exports", "conn", "leaf"), -1)
    storage = dict.fromkeys(("mem_storage", "disk_storage", "streams", "consumer"), -1)
    account_jwt = operator.jwt(
        account.public, "account", {"type": "account", "limits": {**limits, **storage}}
    )
    user_jwt = account.jwt(
        user.public, "user", {"type": "user", "subs": -1, "data": -1, "payload": -1}
    )
    system = Key(ACCOUNT)  # JetStream does not start without one
    system_jwt = operator.jwt(system.public, "system", {"type": "account", "limits": limits})
    operator_jwt = operator.jwt(operator.public, "operator", {"type": "operator"})
    return World(
        settings=f"operator: {operator_jwt}\nresolver: MEMORY\n"
        f"system_account: {system.public}\n"
        f"resolver_preload: {{ {account.public}: {account_jwt}, {system.public}: {system_jwt} }}",
        creds=f"-----BEGIN NATS USER JWT-----\n{user_jwt}\n------END NATS USER JWT------\n\n"
        "************************* IMPORTANT *************************\n"
        "NKEY Seed printed below can be used to sign and prove identity.\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user.seed}\n------END USER NKEY SEED------\n",
    )


def letters(raw: bytes) -> str:
    return (
        base64.b32encode(raw + binascii.crc_hqx(raw, 0).to_bytes(2, "little")).decode().rstrip("=")
    )


def url_letters(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
