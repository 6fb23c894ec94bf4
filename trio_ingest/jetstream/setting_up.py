"""Creates or checks the stream and its consumer; what is as it should be is not touched."""

from collections.abc import Callable

from attrs import frozen

from trio_ingest.jetstream.api import ConsumerConfig, StreamConfig
from trio_ingest.jetstream.client import JetStream
from trio_ingest.jetstream.errors import JetStreamRefused
from trio_ingest.jetstream.setup import (
    Wanted,
    changeable,
    corrected_consumer,
    corrected_stream,
    differences,
    new_consumer,
    new_stream,
)

Tell = Callable[[str], None]


@frozen(kw_only=True)
class Result:
    """How it stands in the end. `stream` is None when there is none."""

    is_as_wanted: bool
    stream: StreamConfig | None


async def set_up(jetstream: JetStream, wanted: Wanted, tell: Tell, *, only_checks: bool) -> Result:
    """Bring stream and consumer to what is wanted, or only say what differs.

    Raises JetStreamUnreachable, and JetStreamRefused when the server does not do what is asked.
    """
    stream, is_well = await _stream(jetstream, wanted, tell, only_checks=only_checks)
    if stream is None:
        return Result(is_as_wanted=False, stream=None)
    consumer_is_well = await _consumer(jetstream, wanted, tell, only_checks=only_checks)
    return Result(is_as_wanted=is_well and consumer_is_well, stream=stream)


async def _stream(
    jetstream: JetStream, wanted: Wanted, tell: Tell, *, only_checks: bool
) -> tuple[StreamConfig | None, bool]:
    what = f"stream {wanted.stream}"
    info = await jetstream.stream_info()
    if info is None:
        if only_checks:
            tell(f"{what}: is missing")
            return None, False
        has_cluster = await jetstream.has_cluster()
        info = await jetstream.create_stream(new_stream(wanted, has_cluster=has_cluster))
        tell(f"{what}: created")
        return info.config, True
    now, better = info.config, corrected_stream(wanted, info.config)
    is_well = _tell_differences(what, now, better, tell, only_checks=only_checks)
    if only_checks or now == changeable(better, now):
        return now, is_well
    try:
        return (await jetstream.update_stream(changeable(better, now))).config, is_well
    except JetStreamRefused as refusal:
        raise JetStreamRefused(f"{what} is as it was: {refusal}") from refusal


async def _consumer(jetstream: JetStream, wanted: Wanted, tell: Tell, *, only_checks: bool) -> bool:
    what = f"consumer {wanted.consumer}"
    info = await jetstream.consumer_info(wanted.consumer)
    if info is None:
        if only_checks:
            tell(f"{what}: is missing")
            return False
        await jetstream.create_consumer(new_consumer(wanted))
        tell(f"{what}: created")
        return True
    now, better = info.config, corrected_consumer(info.config)
    is_well = _tell_differences(what, now, better, tell, only_checks=only_checks)
    if not only_checks and is_well and now != better:
        await jetstream.update_consumer(better)
    return is_well


def _tell_differences(
    what: str,
    now: StreamConfig | ConsumerConfig,
    better: StreamConfig | ConsumerConfig,
    tell: Tell,
    *,
    only_checks: bool,
) -> bool:
    """Say what differs; return whether all is well then, or will be once it is changed."""
    found = list(differences(what, now, better))
    if not found:
        tell(f"{what}: is as it should be")
    for each in found:
        tell(f"{each.setting}: is {each.now}, {_outcome(each.wanted, each.is_fixed, only_checks)}")
    return not found or not (only_checks or any(each.is_fixed for each in found))


def _outcome(wanted: str, is_fixed: bool, only_checks: bool) -> str:
    if is_fixed:
        return f"should be {wanted}, and cannot be changed: it has to be made anew"
    return f"should be {wanted}" if only_checks else f"becomes {wanted}"
