"""The answer to `get_services`: a few of those that every home has."""

from collections.abc import Mapping
from typing import Any

SERVICES: Mapping[str, Mapping[str, Any]] = {
    "homeassistant": {
        "restart": {"fields": {}},
        "turn_on": {"fields": {}, "target": {}},
        "turn_off": {"fields": {}, "target": {}},
    },
    "light": {
        "turn_on": {
            "fields": {"transition": {"selector": {"number": {"min": 0, "max": 300}}}},
            "target": {"entity": [{"domain": ["light"]}]},
        },
    },
}
