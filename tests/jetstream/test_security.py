"""Who we are to a server, and whether it is the right one: against real servers."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import trio
import trustme

from tests.support.nats import NatsServer, running_nats
from tests.support.nats_keys import USER, Key, make_world
from trio_ingest.config.common import Secret
from trio_ingest.config.nats_model import NatsConfig
from trio_ingest.jetstream.api import StreamConfig
from trio_ingest.jetstream.client import open_jetstream
from trio_ingest.jetstream.credentials import introduction, sign
from trio_ingest.jetstream.errors import JetStreamRefused, JetStreamUnreachable

PASSWORD = "a password, of several words"
# From the documentation of nkeys.
SEED = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"
PUBLIC = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"


async def outcome_at(config: NatsConfig) -> str:
    """Publish to the servers of *config*; return why they refuse, or nothing."""
    async with open_jetstream(config, "test") as jetstream:
        try:
            if await jetstream.stream_info() is None:
                await jetstream.create_stream(StreamConfig(name=config.stream, subjects=("a.>",)))
            await jetstream.publish("a.b", b"x")
        except JetStreamRefused as refusal:
            return str(refusal)
    return ""


def publish(config: NatsConfig) -> None:
    """Publish, and be accepted."""
    assert not trio.run(outcome_at, config)


def refusal_of(config: NatsConfig) -> str:
    """Return why the servers of *config* do not want us."""
    return trio.run(outcome_at, config)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[NatsServer]:
    """A server that knows a user by a password, and another by an nkey."""
    users = (
        f'{{ user: "anna", password: "{PASSWORD}" }}, {{ nkey: {PUBLIC} }},'
        f'{{ user: "guest", password: "guest", permissions: {{ publish: ["$JS.API.>"], '
        f'subscribe: ["_INBOX.>"] }} }},'
        f'{{ user: "deaf", password: "deaf", permissions: {{ subscribe: ["nothing"] }} }}'
    )
    with running_nats(
        tmp_path_factory.mktemp("nats"), f"authorization {{ users: [{users}] }}"
    ) as server:
        yield server


@pytest.mark.servers
def test_a_password(server: NatsServer) -> None:
    """The right one is taken, a wrong one is refused and not repeated."""
    servers = (server.url,)
    publish(NatsConfig(servers=servers, username="anna", password=Secret(value=PASSWORD)))

    words = refusal_of(
        NatsConfig(servers=servers, username="anna", password=Secret(value="a-wrong-one"))
    )

    assert words == f"{server.url}: the server says: Authorization Violation"
    assert "Authorization Violation" in refusal_of(NatsConfig(servers=servers))


@pytest.mark.servers
def test_what_is_not_allowed_is_said_at_once(server: NatsServer) -> None:
    """A subject that we may not publish to, and answers that we may not hear: no timeout."""
    guest = NatsConfig(servers=(server.url,), username="guest", password=Secret(value="guest"))
    deaf = NatsConfig(servers=(server.url,), username="deaf", password=Secret(value="deaf"))

    assert 'Permissions Violation for Publish to "a.b"' in refusal_of(guest)
    assert "Permissions Violation for Subscription" in refusal_of(deaf)


@pytest.mark.servers
def test_an_nkey(server: NatsServer) -> None:
    """The seed signs what the server asks; another one is refused."""
    publish(NatsConfig(servers=(server.url,), nkey_seed=Secret(value=SEED)))

    words = refusal_of(NatsConfig(servers=(server.url,), nkey_seed=Secret(value=Key(USER).seed)))

    assert "Authorization Violation" in words


@pytest.mark.servers
def test_credentials(tmp_path: Path) -> None:
    """A .creds file says who we are to a server with operators and accounts."""
    world = make_world()
    file = tmp_path / "nats.creds"
    file.write_text(world.creds)
    with running_nats(tmp_path / "nats", world.settings) as server:
        publish(NatsConfig(servers=(server.url,), credentials=Secret(file=file)))
        file.write_text(make_world().creds)

        words = refusal_of(NatsConfig(servers=(server.url,), credentials=Secret(file=file)))

    assert "Authorization Violation" in words


def test_the_letters_of_keys() -> None:
    """A seed has the public key of the documentation; what is none is said to be none."""
    assert PUBLIC == sign(SEED, "nonce")[0]
    assert Key(USER).seed.startswith("SU")
    for wrong in ("", "SUA", SEED[:-1] + "A", PUBLIC, "nonsense!"):
        with pytest.raises(JetStreamRefused, match="nkey seed"):
            sign(wrong, "nonce")
    with pytest.raises(JetStreamRefused, match="no user JWT"):
        introduction(NatsConfig(servers=(), credentials=Secret(value="nothing")), "nonce")


@contextmanager
def tls_server(directory: Path, more: str = "") -> Generator[tuple[NatsServer, trustme.CA]]:
    """Run a server whose certificate is for 127.0.0.1, and give its authority."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(directory / "ca.pem")
    certificate.private_key_pem.write_to_path(directory / "key.pem")
    for part in certificate.cert_chain_pems:
        part.write_to_path(directory / "cert.pem", append=True)
    settings = (
        f'tls {{ cert_file: "{directory}/cert.pem", key_file: "{directory}/key.pem", '
        f'ca_file: "{directory}/ca.pem" {more} }}'
    )
    with running_nats(directory / "nats", settings) as server:
        yield server, authority


@pytest.mark.servers
def test_tls(tmp_path: Path) -> None:
    """A server that asks for TLS gets it, and has to be one that we trust."""
    with tls_server(tmp_path) as (server, _):
        publish(NatsConfig(servers=(server.url,), ca_file=tmp_path / "ca.pem"))
        publish(NatsConfig(servers=(server.url,), verify_tls=False))
        unknown = refusal_of(NatsConfig(servers=(server.url,)))
        other = server.url.replace("127.0.0.1", "localhost")
        mistaken = refusal_of(NatsConfig(servers=(other,), ca_file=tmp_path / "ca.pem"))
        no_file = refusal_of(NatsConfig(servers=(server.url,), ca_file=tmp_path / "none.pem"))

    assert "certificate verify failed" in unknown
    assert "certificate verify failed" in mistaken
    assert "cannot be read" in no_file


@pytest.mark.servers
def test_tls_of_both_sides(tmp_path: Path) -> None:
    """A server may ask for a certificate of ours."""
    with tls_server(tmp_path, ", verify: true") as (server, authority):
        mine = authority.issue_cert("anna@example")
        mine.private_key_and_cert_chain_pem.write_to_path(tmp_path / "mine.pem")
        config = NatsConfig(
            servers=(server.url.replace("nats:", "tls:"),),
            ca_file=tmp_path / "ca.pem",
            cert_file=tmp_path / "mine.pem",
        )
        publish(config)

        words = refusal_of(NatsConfig(servers=(server.url,), ca_file=tmp_path / "ca.pem"))

    assert "certificate required" in words.lower()


@pytest.mark.servers
def test_tls_is_not_given_up(nats_server: NatsServer) -> None:
    """Where the configuration asks for TLS, nothing is said to a server that has none."""
    url = nats_server.url.replace("nats:", "tls:")

    assert "has no TLS" in refusal_of(NatsConfig(servers=(url,), token=Secret(value="abc")))


async def test_what_is_no_nats_server() -> None:
    """Somebody else listens there, says something else, nothing, or goes: it is weather."""

    async def chatter(stream: trio.SocketStream) -> None:
        await stream.send_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async def silence(_: trio.SocketStream) -> None:
        await trio.sleep(10)

    async def leave(_: trio.SocketStream) -> None:
        return

    for handler, words in ((chatter, "NATS"), (silence, "no answer"), (leave, "closed")):
        async with trio.open_nursery() as nursery:
            serve = partial(trio.serve_tcp, handler, 0, host="127.0.0.1")
            [listener] = await nursery.start(serve)
            port = listener.socket.getsockname()[1]
            config = NatsConfig(servers=(f"nats://127.0.0.1:{port}",), timeout=0.2)
            async with open_jetstream(config, "test") as jetstream:
                with pytest.raises(JetStreamUnreachable, match=words):
                    await jetstream.stream_info()
            nursery.cancel_scope.cancel()
