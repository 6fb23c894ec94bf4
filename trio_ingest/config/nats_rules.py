"""What the keys of a NATS table ask of each other, and where its secrets come from."""

from typing import Any

from trio_ingest.config.credentials import Credentials

SECRETS = ("token", "password", "nkey_seed", "credentials")


def settle_nats(table: dict[str, Any], at: str, credentials: Credentials) -> None:
    """Put the secrets into *table*, in the place of the keys that say them: one at the most."""
    report = credentials.report
    secrets = {name: credentials.take(table, at, name) for name in SECRETS}
    table.update(secrets)
    given = [name for name, secret in secrets.items() if secret is not None]
    for name in given[1:]:
        report.problem(f"{at}.{name}", f"does not go with a {given[0]}", "Keep one of the two.")
    if "password" in given and "username" not in table:
        report.problem(f"{at}.username", "is missing", "It goes with the password.")
    if "username" in table and "password" not in given:
        credentials.missing(at, "password")
    if "key_file" in table and "cert_file" not in table:
        report.problem(f"{at}.cert_file", "is missing", "It goes with the key_file.")
