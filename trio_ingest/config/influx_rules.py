"""What the three write APIs of InfluxDB ask for, beyond what each key by itself may be."""

from collections.abc import Collection, Mapping
from typing import Any

from trio_ingest.config.common import Secret
from trio_ingest.config.credentials import Credentials
from trio_ingest.config.influx_model import InfluxAuth
from trio_ingest.config.keys import hidden
from trio_ingest.config.line_protocol_model import InfluxApi
from trio_ingest.config.problems import Report

APIS_OF_KEYS: Mapping[str, tuple[str, ...]] = {
    "database": (InfluxApi.V1, InfluxApi.V3),
    "retention_policy": (InfluxApi.V1,),
    "bucket": (InfluxApi.V2,),
    "org": (InfluxApi.V2,),
}
TARGETS: Mapping[str, str] = {
    InfluxApi.V1: "database",
    InfluxApi.V2: "bucket",
    InfluxApi.V3: "database",
}
KEYS_OF_SECRETS: Mapping[str, tuple[str, ...]] = {
    "token": ("token", "token_file"),
    "password": ("password", "password_file", "username"),
}
SECRET_OF_AUTH: Mapping[str, str | None] = {
    InfluxAuth.NONE: None,
    InfluxAuth.TOKEN: "token",
    InfluxAuth.BEARER: "token",
    InfluxAuth.BASIC: "password",
}


def check_target(table: Mapping[str, Any], at: str, report: Report) -> None:
    """Report a missing database or bucket, and keys that belong to another API."""
    api = table.get("api")
    if not isinstance(api, str) or api not in TARGETS:
        return
    target = TARGETS[api]
    for key, apis in APIS_OF_KEYS.items():
        if key in table and api not in apis:
            what = f"belongs to {' and '.join(apis)}, but the api is {api}"
            report.problem(f"{at}.{key}", what, f"With {api} say {target}.")
    if target not in table:
        remedy = f"It names where to write; {api} needs it."
        report.problem(f"{at}.{target}", "is missing", remedy)


def settle_auth(table: dict[str, Any], at: str, credentials: Credentials) -> None:
    """Put `auth` and the secret into *table*, in the place of the keys that say them."""
    given = secrets_given(table)
    has_credential = credentials.surroundings.credential(f"{at}.token") is not None
    usual = usual_auth(table.get("api"), given, has_credential)
    auth = table.get("auth", usual)
    if isinstance(auth, str) and auth in SECRET_OF_AUTH:  # else reading it will say what is wrong
        wanted = SECRET_OF_AUTH[auth]
        other = f'auth = "{auth}"' if "auth" in table else f"a {wanted}"
        for name in given.keys() - {wanted}:
            what = f"does not go with {other}"
            credentials.report.problem(f"{at}.{given[name]}", what, "Keep one of the two.")
        if wanted is not None:
            table[hidden("secret")] = take_secret(table, at, wanted, credentials)
    table["auth"] = auth
    for key in ("token", "token_file", "password", "password_file"):
        table.pop(key, None)


def secrets_given(table: Mapping[str, Any]) -> Mapping[str, str]:
    """Return which secrets *table* means to give, each with the first key that shows it."""
    return {
        name: next(key for key in keys if key in table)
        for name, keys in KEYS_OF_SECRETS.items()
        if not table.keys().isdisjoint(keys)
    }


def usual_auth(api: object, given: Collection[str], has_credential: bool) -> InfluxAuth:
    """Return how a secret is shown when the file does not say it.

    Nothing at all is enough for v1 only, since the other versions always ask for a token.
    """
    if "password" in given and "token" not in given:
        return InfluxAuth.BASIC
    if api == InfluxApi.V1 and not given and not has_credential:
        return InfluxAuth.NONE
    return InfluxAuth.BEARER if api == InfluxApi.V3 else InfluxAuth.TOKEN


def take_secret(
    table: dict[str, Any], at: str, name: str, credentials: Credentials
) -> Secret | None:
    """Take the token, or the password, which has a username, out of *table*; it must be there."""
    secret = credentials.take(table, at, name)
    if secret is None:
        instead = ', or say auth = "none" if the server asks for nothing'
        credentials.missing(at, name, instead)
    if name == "password" and "username" not in table:
        credentials.report.problem(f"{at}.username", "is missing", "It goes with the password.")
    return secret
