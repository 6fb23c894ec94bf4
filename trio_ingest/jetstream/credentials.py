"""Shows a NATS server who we are: token, password, nkey, or a JWT with its key.

An nkey is an Ed25519 key in base32 with a prefix and a CRC:
https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/nkey_auth.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from importlib import import_module

from trio_ingest.config.nats_model import NatsConfig
from trio_ingest.jetstream.errors import JetStreamRefused

_SEED, _USER = 18 << 3, 20 << 3  # they make the first letters "S" and "U"
_SEED_SIZE = 2 + 32 + 2
_CRC_SIZE = 2


def introduction(config: NatsConfig, nonce: str) -> Mapping[str, str]:
    """Return what goes into CONNECT. Files are read anew each time, so that they may change.

    Raises OSError when one cannot be read, JetStreamRefused when what it holds is of no use.
    """
    if config.token is not None:
        return {"auth_token": config.token.read()}
    if config.password is not None:
        return {"user": config.username or "", "pass": config.password.read()}
    if config.nkey_seed is not None:
        public, signature = sign(config.nkey_seed.read(), nonce)
        return {"nkey": public, "sig": signature}
    if config.credentials is not None:
        jwt, seed = read_credentials(config.credentials.read())
        return {"jwt": jwt, "sig": sign(seed, nonce)[1]}
    return {"user": config.username} if config.username else {}


def read_credentials(text: str) -> tuple[str, str]:
    """Return the JWT and the seed in the text of a .creds file. Raises JetStreamRefused."""
    parts = dict(re.findall(r"-----BEGIN ([A-Z ]+)-----\s*(\S+)\s*-+END \1-+", text))
    jwt, seed = parts.get("NATS USER JWT"), parts.get("USER NKEY SEED")
    if jwt is None or seed is None:
        raise JetStreamRefused("the credentials have no user JWT with its nkey seed in them")
    return jwt, seed


def sign(seed: str, nonce: str) -> tuple[str, str]:
    """Return the public key of *seed* and its signature under *nonce*. Raises JetStreamRefused."""
    try:
        # Only those who sign need it, and it is no small package: docs/adr/0016.
        ed25519 = import_module("cryptography.hazmat.primitives.asymmetric.ed25519")
    except ImportError as error:
        raise JetStreamRefused(
            "nkeys need the package cryptography: pip install 'trio-ingest[nkeys]'"
        ) from error
    key = ed25519.Ed25519PrivateKey.from_private_bytes(_raw_seed(seed))
    signature = base64.urlsafe_b64encode(key.sign(nonce.encode())).rstrip(b"=")
    return _encoded(_USER, key.public_key().public_bytes_raw()), signature.decode()


def _raw_seed(seed: str) -> bytes:
    try:
        raw = base64.b32decode(seed + "=" * (-len(seed) % 8))
    except binascii.Error:
        raw = b""
    # The first byte is the prefix of seeds and three bits of the kind, the second its other bits.
    fits = len(raw) == _SEED_SIZE and raw[0] & 0xF8 == _SEED
    if not fits or raw[-_CRC_SIZE:] != _crc(raw[:-_CRC_SIZE]):
        raise JetStreamRefused('the nkey seed is none: it is 58 letters that begin with "SU"')
    return raw[2:-_CRC_SIZE]


def _encoded(prefix: int, raw: bytes) -> str:
    body = bytes([prefix]) + raw
    return base64.b32encode(body + _crc(body)).rstrip(b"=").decode()


def _crc(raw: bytes) -> bytes:
    return binascii.crc_hqx(raw, 0).to_bytes(2, "little")
