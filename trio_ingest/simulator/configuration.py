"""The answer to `get_config`."""

from typing import Any


def configuration(version: str, run_state: str) -> dict[str, Any]:
    """Return the configuration of a simulated Home Assistant, with the keys of a real one."""
    return {
        "allowlist_external_dirs": [],
        "allowlist_external_urls": [],
        "components": ["config", "history", "recorder", "sensor", "websocket_api"],
        "config_dir": "/config",
        "config_source": "storage",
        "country": "NL",
        "currency": "EUR",
        "debug": False,
        "elevation": 2,
        "external_url": None,
        "internal_url": None,
        "language": "en",
        "latitude": 52.3731,
        "location_name": "Simulated home",
        "logging": {"log_file_disabled_reason": None},
        "longitude": 4.8922,
        "radius": 100,
        "recovery_mode": False,
        "safe_mode": False,
        "state": run_state,
        "time_zone": "Europe/Amsterdam",
        "unit_system": {
            "length": "km",
            "accumulated_precipitation": "mm",
            "area": "m²",
            "mass": "g",
            "pressure": "Pa",
            "temperature": "°C",
            "volume": "L",
            "wind_speed": "m/s",
        },
        "version": version,
        "whitelist_external_dirs": [],
    }
