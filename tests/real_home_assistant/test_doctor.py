"""The doctor looks at a real Home Assistant."""

import pytest

from tests.doctor.findings import not_ok, statuses, the
from tests.support.home_assistant import HomeAssistant
from trio_ingest.config.common import Secret
from trio_ingest.config.model import HomeAssistantConfig
from trio_ingest.doctor.homes import check_home

pytestmark = pytest.mark.home_assistant


def config_of(home_assistant: HomeAssistant, token: str) -> HomeAssistantConfig:
    return HomeAssistantConfig(
        name="home", url=home_assistant.url, token=Secret(value=token), events=("call_service",)
    )


async def test_rights_recorder_and_clock(home_assistant: HomeAssistant) -> None:
    """An administrator may do all; a read-only user all but hear calls of services."""
    admin = await check_home(config_of(home_assistant, home_assistant.admin_token))
    read_only = await check_home(config_of(home_assistant, home_assistant.read_only_token))

    # The test's Home Assistant is not on loopback, and its connection not encrypted.
    assert {"tls": "warning"} == not_ok(admin)
    assert {"tls": "warning", "events.call_service": "failed"} == not_ok(read_only)
    assert ["recorder", "history", "clock"] == list(statuses(read_only))[-3:]
    assert "a few minutes at most" in the("history", read_only).what
    assert home_assistant.version in the("version", admin).what
    assert "no administrator" in the("rights", read_only).what
