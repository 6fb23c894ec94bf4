"""Makes state changes inside Home Assistant, far faster than its API could be asked for them."""

import asyncio
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall


async def async_setup(hass: HomeAssistant, config: dict[str, Any]) -> bool:
    """Register `loadgen.burst`."""

    async def burst(call: ServiceCall) -> None:
        """Make `n` changes over `entities` sensors, `per_tick` in each pass of the event loop.

        Between two passes is a `pause` (seconds); `pad` attributes of each sensor never change.
        """
        pause, pad = float(call.data.get("pause", 0)), int(call.data.get("pad", 0))
        padding = {f"attribute_{each}": "what it was before" for each in range(pad)}
        n, entities, per_tick = (int(call.data[key]) for key in ("n", "entities", "per_tick"))
        for number in range(n):
            entity = number % entities
            hass.states.async_set(
                f"sensor.load_{entity}",
                str(number),
                {"unit_of_measurement": "W", "friendly_name": f"Load {entity}", "seq": number}
                | padding,
            )
            if (number + 1) % per_tick == 0:
                await asyncio.sleep(pause)

    hass.services.async_register("loadgen", "burst", burst)
    return True
