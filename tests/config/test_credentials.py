"""Tokens and passwords: the ways to give them, and that they stay secret."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.config.bad_files import HOME, INFLUX1, INFLUX2, NATS
from tests.config.support import ENVIRONMENT, load_text, problems_of
from trio_ingest.config.common import Secret
from trio_ingest.config.credentials import Credentials
from trio_ingest.config.influx_model import InfluxAuth, InfluxSinkConfig
from trio_ingest.config.loading import load
from trio_ingest.config.problems import ConfigurationError, Report
from trio_ingest.config.promise import promise
from trio_ingest.config.surroundings import Surroundings

TOKENLESS = HOME.replace('token = "abc"\n', "")
WITH_FILE = f'{TOKENLESS}token_file = "ha.token"'


def test_file(tmp_path):
    """A token may be in a file, which is read anew each time."""
    file = tmp_path / "ha.token"
    file.write_text("first\n")
    file.chmod(0o600)

    config = load_text(tmp_path, WITH_FILE)
    file.write_text("second\n")

    assert "second" == config.home_assistants[0].token.read()
    assert () == config.warnings


def test_credentials(tmp_path):
    """Without a key, a systemd credential that is called like the key is taken."""
    environment = {**ENVIRONMENT, "CREDENTIALS_DIRECTORY": str(tmp_path)}
    names = ["home_assistant.home.token", "sink.influx.password", "sink.v1.token", "admin.token"]
    for name in names:
        (tmp_path / name).write_text(name)
        (tmp_path / name).chmod(0o400)
    text = f'{TOKENLESS}{INFLUX1}username = "me"{INFLUX1.replace("influx]", "v1]")}'

    config = load_text(tmp_path, text, environment)

    assert Secret(file=tmp_path / names[0]) == config.home_assistants[0].token
    password, token = config.sinks
    assert isinstance(password, InfluxSinkConfig)
    assert isinstance(token, InfluxSinkConfig)
    assert (InfluxAuth.BASIC, Secret(file=tmp_path / names[1])) == (password.auth, password.secret)
    assert (InfluxAuth.TOKEN, Secret(file=tmp_path / names[2])) == (token.auth, token.secret)
    assert Secret(file=tmp_path / names[3]) == config.admin.token


def test_nats(tmp_path):
    """All four ways to show who we are may be a key, a file, or a systemd credential."""
    environment = {**ENVIRONMENT, "CREDENTIALS_DIRECTORY": str(tmp_path)}
    creds = "-----BEGIN NATS USER JWT-----\neyJ\n------END NATS USER JWT------\n"
    for name in ("sink.n.credentials", "seed"):
        (tmp_path / name).write_text(creds)
        (tmp_path / name).chmod(0o400)

    [found] = load_text(tmp_path, f"{HOME}{NATS}", environment).sinks
    [file] = load_text(tmp_path, f'{HOME}{NATS}credentials_file = "seed"').sinks
    [token] = load_text(tmp_path, f'{HOME}{NATS}token = "a-secret"').sinks
    [password] = load_text(tmp_path, f'{HOME}{NATS}username = "me"\npassword = "a-secret"').sinks
    [seed] = load_text(tmp_path, f'{HOME}{NATS}nkey_seed = "a-secret"').sinks

    assert [Secret(file=tmp_path / "sink.n.credentials")] == list(found.secrets)
    assert creds.strip() == file.secrets[0].read()
    for sink in (token, password, seed):
        assert ["a-secret"] == [secret.read() for secret in sink.secrets]
        assert "a-secret" not in repr(sink)


def test_without_secrets(tmp_path, monkeypatch):
    """Where only the daemon may read secrets, a configuration is checked as if all were there."""
    monkeypatch.setattr("pathlib.Path.exists", forbidden)
    environment = {**ENVIRONMENT, "CREDENTIALS_DIRECTORY": "/run/credentials/x"}
    file = tmp_path / "trio-ingest.toml"
    file.write_text(f"{TOKENLESS}{INFLUX2.replace('token =', 'token_file =')}")

    assert "influx" == load(file, environment, reads_secrets=False).sinks[0].name
    with pytest.raises(ConfigurationError):
        load(file, environment)
    file.write_text(f"{TOKENLESS}urll = 1")
    with pytest.raises(ConfigurationError) as raised:
        load(file, environment, reads_secrets=False)
    assert 1 == len(raised.value.problems)


def forbidden(path, *_, **__):
    raise PermissionError(13, "Permission denied", str(path))


def test_forbidden_credentials(tmp_path, monkeypatch):
    """Credentials that may not even be looked at are a problem like any other."""

    monkeypatch.setattr("pathlib.Path.exists", forbidden)
    monkeypatch.setattr("pathlib.Path.read_text", forbidden)
    report = Report()
    surroundings = Surroundings({"CREDENTIALS_DIRECTORY": "/run/credentials"}, tmp_path)

    Credentials(surroundings, report).take({}, "home_assistant.home", "token")

    (problem,) = report.problems
    assert "cannot read /run/credentials/home_assistant.home.token" in problem.what


def test_key_before_credential(tmp_path):
    """What the file says counts before a credential."""
    (tmp_path / "home_assistant.home.token").write_text("other")
    environment = {**ENVIRONMENT, "CREDENTIALS_DIRECTORY": str(tmp_path)}

    config = load_text(tmp_path, HOME, environment)

    assert Secret(value="abc") == config.home_assistants[0].token


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"two words", "has a blank, a line break or an odd letter inside"),
        (b"two\nlines", "has a blank, a line break or an odd letter inside"),
        (b"\xff", "is not text"),
    ],
)
def test_file_without_a_token(tmp_path, content: bytes, what: str):
    """A file that cannot be a token is a problem, and its content is not repeated."""
    (tmp_path / "ha.token").write_bytes(content)

    (problem,) = problems_of(tmp_path, WITH_FILE)

    assert problem.startswith("home_assistant.home.token_file: ")
    assert what in problem
    assert "two" not in problem


def test_unreadable_file(tmp_path):
    """A file that cannot be read is a problem that names it."""
    (tmp_path / "ha.token").mkdir()

    assert [
        (
            f"home_assistant.home.token_file: cannot read {tmp_path}/ha.token: Is a directory. "
            "Put the token there, readable by the user that runs trio-ingest."
        )
    ] == problems_of(tmp_path, WITH_FILE)


def test_open_file(tmp_path):
    """A secret that every user of the machine can read is warned about."""
    file = tmp_path / "ha.token"
    file.write_text("abc")
    file.chmod(0o644)

    config = load_text(tmp_path, WITH_FILE)

    assert (f"{file} can be read by every user: chmod o-r {file}",) == config.warnings


def test_open_configuration(tmp_path):
    """So is a configuration with a secret in it, but not one that names a variable."""
    file = tmp_path / "open.toml"
    file.write_text(HOME)
    file.chmod(0o644)
    said = f"{file} holds secrets and can be read by every user: chmod o-r {file}"

    assert (said,) == load(file, ENVIRONMENT).warnings

    file.write_text(HOME.replace("abc", "${TOKEN}"))
    assert () == load(file, {**ENVIRONMENT, "TOKEN": "xyz"}).warnings


# Long enough, and of such letters, that it is nowhere by chance.
SECRETS = st.text("0123456789QXZ", min_size=12, max_size=40)
PLACES = [
    f'{TOKENLESS}token = "SECRET"',
    f'{TOKENLESS}tokne = "SECRET"',
    f'{TOKENLESS}token = "SECRET SECRET"',
    f'{TOKENLESS}token = "SECRET\\nSECRET"',
    f'{TOKENLESS}token = "SECRET$"',
    f'{TOKENLESS}token = "SECRET${{NOT_SET}}"',
    f'{TOKENLESS}token = "${{FROM_THE_ENVIRONMENT}}"',
    f'{TOKENLESS}token = "${{FROM_THE_ENVIRONMENT}} "',
    f'{TOKENLESS}token = ["SECRET"]',
    f'{TOKENLESS}token = {{ value = "SECRET" }}',
    f'{TOKENLESS}token = "SECRET"\ntoken_file = "x"',
    f"{TOKENLESS}token = SECRET",
    f'{TOKENLESS}token = "SECRET',
    f'{TOKENLESS}token_file = "token"',
    '[home_assistant]\nurl = "http://ha"\ntoken = "SECRET"',
    'home_assistant = "SECRET"',
    HOME.replace("ha:8123", "me:SECRET@ha:8123"),
    HOME.replace("ha:8123", "SECRET@ha:bad"),
    HOME.replace("ha:8123", "ha:8123/?api_password=SECRET"),
    HOME.replace("http://ha:8123", "SECRET"),
    f'{HOME}{INFLUX2}password = "SECRET"',
    f'{HOME}{INFLUX2}auth = "none"\npassword = "SECRET"',
    f'{HOME}{INFLUX1}username = "me"\npassword = "SECRET"',
    f'{HOME}{INFLUX1}username = "me"\npassword = "SECRET\\u0000"',
    f'{HOME}{INFLUX1}username = "me"\npasswort = "SECRET"',
    f'{HOME}{INFLUX1}params = {{ p = "SECRET" }}',
    f'{HOME}{INFLUX1}params = {{ p = ["SECRET"] }}',
    f'{HOME}{INFLUX1}params = "SECRET"',
    f'{HOME}[admin]\ntoken = "SECRET"',
    f'{HOME}[admin]\nlisten = ""\ntoken = "SECRET SECRET"',
]


@pytest.mark.parametrize("place", PLACES)
@given(secret=SECRETS)
@settings(
    deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_never_shown(tmp_path, place: str, secret: str):
    """Wherever a secret is, rightly or by mistake, nothing that is printed holds it."""
    (tmp_path / "token").write_text(f"{secret} {secret}")
    environment = {**ENVIRONMENT, "FROM_THE_ENVIRONMENT": secret}

    try:
        config = load_text(tmp_path, place.replace("SECRET", secret), environment)
    except ConfigurationError as error:
        said = [str(error), repr(error), repr(error.problems)]
    else:
        said = [repr(config), str(config), *config.warnings, *promise(config)]

    assert not any(secret in each for each in said)
