"""What a relay relies on, by one suite for a real stream and for its double."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import trio
from attrs import frozen

from tests.delivery.scripted import batch_of
from tests.relay.real import open_stream
from tests.relay.stream_double import StreamDouble
from trio_ingest.jetstream.api import NANOSECONDS
from trio_ingest.jetstream.delivery import Delivery
from trio_ingest.relay.stream import Stream

WRITERS = "writers"
ACK_WAIT = 0.5
LATER = 3.0
BATCHES = [batch_of(f"m v=1 {number}".encode()) for number in range(3)]


@frozen(kw_only=True)
class Case:
    """A stream in which three batches lie."""

    stream: Stream
    publish: Callable[[], Awaitable[None]]


@pytest.fixture(params=["double", pytest.param("real", marks=pytest.mark.servers)])
def open_case(request):
    @asynccontextmanager
    async def of_double() -> AsyncGenerator[Case]:
        double = StreamDouble(ack_wait=ACK_WAIT)

        async def publish() -> None:
            for batch in BATCHES:
                double.publish_batch(batch)

        yield Case(stream=double, publish=publish)

    @asynccontextmanager
    async def of_server() -> AsyncGenerator[Case]:
        server = request.getfixturevalue("nats_server")
        async with open_stream(server, ACK_WAIT) as real:

            async def publish() -> None:
                for batch in BATCHES:
                    await real.publish([batch])

            yield Case(stream=real.jetstream, publish=publish)

    return of_server if request.param == "real" else of_double


def numbers_of(deliveries) -> list[int]:
    return [each.stream_sequence for each in deliveries]


async def test_a_fetch_takes_what_is_there(open_case):
    """Each message is handed out once, with its body, and the rest is said to be pending."""
    async with open_case() as case:
        await case.publish()

        some = await case.stream.fetch(WRITERS, 2, LATER)
        rest = await case.stream.fetch(WRITERS, 5, LATER)

    assert [1, 2] == numbers_of(some)
    assert [3] == numbers_of(rest)
    assert [batch.body for batch in BATCHES] == [each.body for each in (*some, *rest)]
    assert {1} == {each.delivered for each in (*some, *rest)}
    assert 0 == rest[-1].pending


async def test_a_fetch_waits_for_the_first(open_case):
    """With nothing there it waits, and does not wait for more than comes; or it ends with none."""
    async with open_case() as case, trio.open_nursery() as nursery:
        nothing = await case.stream.fetch(WRITERS, 5, 0.05)
        nursery.start_soon(case.publish)
        with trio.fail_after(LATER):
            first = await case.stream.fetch(WRITERS, 5, 60)

    assert [] == [*nothing]
    assert 1 == first[0].stream_sequence


async def test_what_is_acknowledged_is_gone(open_case):
    """It does not come again; what is not does, when `ack_wait` is over, and says so."""
    async with open_case() as case:
        await case.publish()
        one, _, other = await case.stream.fetch(WRITERS, 3, LATER)
        await case.stream.ack(one)
        await case.stream.ack(other)

        again = await fetch_one(case.stream)

    assert (2, 2) == (again.stream_sequence, again.delivered)


async def test_what_is_in_progress_does_not_come(open_case):
    """The word has to be given within `ack_wait`, again and again."""
    async with open_case() as case:
        await case.publish()
        held = await case.stream.fetch(WRITERS, 3, LATER)
        for _ in range(4):
            await trio.sleep(ACK_WAIT / 2)
            for each in held:
                await case.stream.in_progress(each)

        meanwhile = await case.stream.fetch(WRITERS, 3, 0.05)
        again = await fetch_one(case.stream)

    assert [] == [*meanwhile]
    assert 2 == again.delivered


async def test_what_is_given_back_comes_at_once(open_case):
    """Or after a delay, if one is asked for."""
    async with open_case() as case:
        await case.publish()
        one, other, _ = await case.stream.fetch(WRITERS, 3, LATER)
        await case.stream.nak(other, 0.25)
        await case.stream.nak(one, 0.0)

        first = await fetch_one(case.stream)
        second = await fetch_one(case.stream)

    assert [1, 2] == numbers_of([first, second])


async def test_the_consumer_says_how_long_it_waits(open_case):
    """That is what a relay goes by."""
    async with open_case() as case:
        info = await case.stream.consumer_info(WRITERS)

    assert info is not None
    assert int(ACK_WAIT * NANOSECONDS) == info.config.ack_wait


async def fetch_one(stream: Stream) -> Delivery:
    with trio.fail_after(LATER):
        (delivery,) = await stream.fetch(WRITERS, 1, LATER)
    return delivery
