"""Which types of events are asked for besides `state_changed`."""

from collections.abc import Sequence

REGISTRY_UPDATES = (
    "area_registry_updated",
    "floor_registry_updated",
    "device_registry_updated",
    "entity_registry_updated",
    "label_registry_updated",
)
"""What tells that the registries are to be read anew. Every user may have these."""


def extra_types(configured: Sequence[str]) -> list[str]:
    """Return the *configured* types that have to be subscribed to, each once.

    What tells of the registries comes anyway, and with a second subscription would come twice.
    """
    return [each for each in dict.fromkeys(configured) if each not in REGISTRY_UPDATES]
