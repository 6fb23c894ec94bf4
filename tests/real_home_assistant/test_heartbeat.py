"""A real Home Assistant says when a state was last reported, if it is asked in the right way."""

import pytest

from tests.home_assistant.test_heartbeat import see_reports
from tests.support.home_assistant import HomeAssistant
from trio_ingest.config.common import Secret
from trio_ingest.config.model import HomeAssistantConfig

pytestmark = pytest.mark.home_assistant


async def test_reports(home_assistant: HomeAssistant) -> None:
    """With the token of a read-only user, too."""

    async def set_state(entity_id: str, state: str) -> None:
        await home_assistant.set_state(entity_id, state)

    config = HomeAssistantConfig(
        name="home", url=home_assistant.url, token=Secret(value=home_assistant.read_only_token)
    )
    await see_reports(config, set_state)
