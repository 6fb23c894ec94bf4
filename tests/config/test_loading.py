"""What a valid configuration becomes."""

from pathlib import Path

import pytest

from tests.config.bad_files import HOME, INFLUX1, INFLUX2
from tests.config.support import ENVIRONMENT, load_text, problems_of
from trio_ingest.config import loading
from trio_ingest.config.common import Secret
from trio_ingest.config.influx_model import InfluxAuth, InfluxSinkConfig
from trio_ingest.config.line_protocol_model import InfluxApi
from trio_ingest.config.loading import find_config
from trio_ingest.config.model import AdminConfig, Config, HomeAssistantConfig, LoggingConfig
from trio_ingest.config.sink_model import BatchConfig, SqliteSinkConfig


def test_least(tmp_path):
    """A url and a token are a whole configuration; the rest is the model's own defaults."""
    state = Path("/home/anna/.local/state/trio-ingest")

    config = load_text(tmp_path, HOME)

    expected = Config(
        source=tmp_path / "trio-ingest.toml",
        state_directory=state,
        home_assistants=(
            HomeAssistantConfig(name="home", url="http://ha:8123", token=Secret(value="abc")),
        ),
        sinks=(SqliteSinkConfig(name="embedded", path=state / "home.db"),),
        admin=AdminConfig(),
        logging=LoggingConfig(),
    )
    assert expected == config


def test_values(tmp_path):
    """Durations become seconds, sizes bytes, choices members, lists tuples."""
    text = f"""{HOME}{INFLUX2}
precision = "ms"
tags = {{ site = "north" }}
batch = {{ max_points = 7, max_bytes = "2 kB", linger = "250ms" }}
include.globs = ["sensor.*"]
"""

    (sink,) = load_text(tmp_path, text).sinks

    assert isinstance(sink, InfluxSinkConfig)
    assert InfluxApi.V2 is sink.api
    assert BatchConfig(max_points=7, max_bytes=2000, linger=0.25) == sink.batch
    assert {"site": "north"} == sink.tags
    assert ("sensor.*",) == sink.include.globs


def test_many(tmp_path):
    """There may be several homes and several sinks; they keep their names and their order."""
    second = HOME.replace("home_assistant.home", "home_assistant.cabin")
    config = load_text(tmp_path, f'{HOME}{second}{INFLUX2}[sink.a]\nkind = "sqlite"')

    assert ["home", "cabin"] == [home.name for home in config.home_assistants]
    assert ["influx", "a"] == [sink.name for sink in config.sinks]


@pytest.mark.parametrize(
    ("written", "expected"),
    [("x.db", "{here}/x.db"), ("../x.db", "{here}/../x.db"), ("~/x.db", "/home/anna/x.db")],
)
def test_paths(tmp_path, written: str, expected: str):
    """Relative paths start from the file, `~` is the home directory."""
    text = f'{HOME}[sink.s]\nkind = "sqlite"\npath = "{written}"'

    (sink,) = load_text(tmp_path, text).sinks

    assert isinstance(sink, SqliteSinkConfig)
    assert Path(expected.format(here=tmp_path)) == sink.path


def test_database_of_its_own(tmp_path):
    """A SQLite sink without a path has a file called like itself in the state directory."""
    text = f'state_directory = "state"\n{HOME}[sink.archive]\nkind = "sqlite"'

    (sink,) = load_text(tmp_path, text).sinks

    assert isinstance(sink, SqliteSinkConfig)
    assert tmp_path / "state" / "archive.db" == sink.path


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"STATE_DIRECTORY": "/one:/two", "XDG_STATE_HOME": "/xdg"}, "/one"),
        ({"XDG_STATE_HOME": "/xdg", "HOME": "/home/anna"}, "/xdg/trio-ingest"),
        ({"XDG_STATE_HOME": "xdg", "HOME": "/home/anna"}, "/home/anna/.local/state/trio-ingest"),
    ],
)
def test_state_directory(tmp_path, environment: dict[str, str], expected: str):
    """State is where systemd says, else where XDG says; XDG's relative paths do not count."""
    assert Path(expected) == load_text(tmp_path, HOME, environment).state_directory


def test_homeless(tmp_path):
    """Without any place for state, and for `~`, the ways to name one are said."""
    nowhere = (
        "state_directory: is not given, and there is no home directory to take its place. "
        "Give state_directory in the file, or set $STATE_DIRECTORY or $XDG_STATE_HOME."
    )
    tilde = 'state_directory: "~" stands for nothing, since $HOME is not set. Write the whole path.'

    assert [nowhere] == problems_of(tmp_path, HOME, {})
    assert [tilde] == problems_of(tmp_path, f'state_directory = "~/x"\n{HOME}', {})


@pytest.mark.parametrize(
    ("api", "keys", "auth", "secret"),
    [
        ("v1", "", InfluxAuth.NONE, None),
        ("v1", 'token = "t"', InfluxAuth.TOKEN, Secret(value="t")),
        ("v1", 'username = "me"\npassword = "my pw"', InfluxAuth.BASIC, Secret(value="my pw")),
        ("v2", 'token = "t"', InfluxAuth.TOKEN, Secret(value="t")),
        ("v2", 'auth = "none"', InfluxAuth.NONE, None),
        ("v2", 'username = "me"\npassword = "pw"', InfluxAuth.BASIC, Secret(value="pw")),
        ("v3", 'token = "t"', InfluxAuth.BEARER, Secret(value="t")),
        ("v3", 'token = "t"\nauth = "token"', InfluxAuth.TOKEN, Secret(value="t")),
    ],
)
def test_auth(tmp_path, api: str, keys: str, auth: InfluxAuth, secret: Secret | None):
    """How a secret is shown follows from the API and from what is given, unless it is said."""
    text = f"{HOME}{INFLUX1}{keys}".replace('"v1"', f'"{api}"')
    text = text.replace("database", "bucket") if api == "v2" else text

    (sink,) = load_text(tmp_path, text).sinks

    assert isinstance(sink, InfluxSinkConfig)
    assert (auth, secret) == (sink.auth, sink.secret)


def test_found_in_order(tmp_path, monkeypatch):
    """systemd's directory comes before the user's, and that before the system's."""
    monkeypatch.setattr(loading, "SYSTEM_DIRECTORY", tmp_path / "etc")
    systemd, user, home = (tmp_path / name for name in ("systemd", "user", "home"))
    environment = {
        "CONFIGURATION_DIRECTORY": str(systemd),
        "XDG_CONFIG_HOME": str(user),
        "HOME": str(home),
    }
    at_home = {"HOME": str(home)}
    files = [
        systemd / "trio-ingest.toml",
        user / "trio-ingest" / "trio-ingest.toml",
        tmp_path / "etc" / "trio-ingest.toml",
    ]
    for file in [*files, home / ".config" / "trio-ingest" / "trio-ingest.toml"]:
        file.parent.mkdir(parents=True)
        file.touch()

    assert home / ".config" / "trio-ingest" / "trio-ingest.toml" == find_config(at_home)
    for file in files:
        assert file == find_config(environment)
        file.unlink()
    assert find_config(environment) is None


def test_defaults_are_not_shared(tmp_path):
    """Each file is read by itself: loading one again gives an equal configuration."""
    assert load_text(tmp_path, HOME) == load_text(tmp_path, HOME, dict(ENVIRONMENT))
