"""What the valid file of a relay becomes."""

from tests.config.bad_relay_files import GOOD, RELAY
from tests.config.support import load_text
from trio_ingest.config.common import Secret
from trio_ingest.config.loading import load
from trio_ingest.config.promise import promise
from trio_ingest.config.relay_model import RelayConfig
from trio_ingest.config.wanted import wanted_homes, wanted_lanes, wanted_relays


def test_least(tmp_path):
    """Servers and a sink are a whole relay; the rest is the model's own defaults."""
    config = load_text(tmp_path, GOOD)

    assert RelayConfig(servers=("nats://10.0.0.5",)) == config.relay
    assert () == config.home_assistants
    assert ["influx"] == [sink.name for sink in config.sinks]


def test_wanted(tmp_path):
    """There is one relay, by the name of its sink, and neither a home nor a lane."""
    config = load_text(tmp_path, GOOD)

    (wanted,) = wanted_relays(config).values()

    assert {} == wanted_homes(config) == wanted_lanes(config)
    assert "influx" == wanted.sink.name
    assert config.state_directory / "spool" / "influx.db" == wanted.spool_file


def test_a_new_token_is_noticed(tmp_path):
    """A reload replaces a relay whose token has changed, also in a file; nobody sees the token."""
    (tmp_path / "nats.token").write_text("secret-1")
    text = GOOD.replace(RELAY, f'{RELAY}token_file = "nats.token"\n')
    before = load_text(tmp_path, text)
    wanted = wanted_relays(before)
    (tmp_path / "nats.token").write_text("secret-2")

    after = wanted_relays(load_text(tmp_path, text))

    assert before.relay
    assert Secret(file=tmp_path / "nats.token") == before.relay.token
    assert wanted != after
    assert "secret-1" not in repr(wanted)


def test_a_secret_in_a_file_that_everybody_reads(tmp_path):
    """It is warned of, as with every other secret."""
    file = tmp_path / "relay.toml"
    file.write_text(GOOD.replace(RELAY, f'{RELAY}token = "secret-1"\n'))
    file.chmod(0o644)

    (warning,) = load(file, {"HOME": "/home/anna"}).warnings

    assert "holds secrets and can be read by every user" in warning


def test_promise(tmp_path):
    """It says what a relay does, and names what goes over the network in the clear."""
    said = "\n".join(promise(load_text(tmp_path, GOOD)))

    assert "influx: a batch stays in the stream HA_LP until the database has confirmed it" in said
    assert "note: nats://10.0.0.5 is not encrypted, all data can be read" in said
    assert "note: http://db:8086 is not encrypted" in said
    assert "recorded" not in said
