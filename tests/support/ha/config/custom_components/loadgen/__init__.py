"""Makes state changes inside Home Assistant, far faster than its API could be asked for them."""

import asyncio
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall


async def async_setup(hass: HomeAssistant, config: dict[str, Any]) -> bool:
    """Register `loadgen.burst`."""

    async def burst(call: ServiceCall) -> None:
        """Make `n` changes over `entities` sensors, `per_tick` in each pass of the event loop."""
        n, entities, per_tick = (int(call.data[key]) for key in ("n", "entities", "per_tick"))
        for number in range(n):
            entity = number % entities
            hass.states.async_set(
                f"sensor.load_{entity}",
                str(number),
                {"unit_of_measurement": "W", "friendly_name": f"Load {entity}", "seq": number},
            )
            if (number + 1) % per_tick == 0:
                await asyncio.sleep(0)

    hass.services.async_register("loadgen", "burst", burst)
    return True
