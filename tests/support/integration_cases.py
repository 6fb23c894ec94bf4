"""Configurations of Home Assistant's `influxdb` integration, and states made to confuse it."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from trio_ingest.config.line_protocol_model import (
    ComponentConfig,
    HomeAssistantSchemaConfig,
    InfluxApi,
    MeasurementAttr,
    Precision,
)
from trio_ingest.model.attributes import Attributes
from trio_ingest.model.state_change import State, StateChange
from trio_ingest.processing.home_assistant_schema import HomeAssistantEncoder

Json = Any

ENTITY_IDS = ("sensor.a", "sensor.b_1", "sensor.temp_2", "light.a", "binary_sensor.x", "lock.l")
DOMAINS = ("sensor", "light", "lock")
GLOBS = ("sensor.*", "*_1", "*", "light.?", "[sl]*.a", "*.x", "[!s]*")

_NAMES = (
    *("a", "a_", "a__", "a_str", "a__str", "state", "state_", "state_str", "value", "value_"),
    *("value_str", "time", "time_", "time__", "time_str", "domain", "entity_id", "device_class"),
    *("unit_of_measurement", "friendly_name", "icon", "home", "", "_", " ", "\t", "\0", "#", "1"),
    *("\\", "a\\", "a\\\\", "b\\c", "a\\ b", "a\\,b", "a\\=b", "\\n", "\n", "x=y", "x,y", "x y"),
    *('"', 'q"r', "nl\nx", "cr\rx", "a\tb", "\x85", "\u2028", "é", "measurement", "fields"),
)
_TEXTS = (
    *("", " ", "\n", "a\n", "\na", "a\r\nb", "x\u2028y", "a\x0bb", "5\n", "\x1f7", "\x1c", "7\x1d"),
    *("12 V", "12,5", "1.5 x", "1.2.3", ".5", "5.", "1 2", "v12", "v1.2-3", "12:30:00", "1.000,5"),
    *("2026-11-23", "2026-11-23T12:00:00.123456+00:00", "192.168.1.1", "-5 °C", "0x1F", "x1.y2"),
    *("1e5", " 7 ", "1_0", "１２", "１.５ x", "٣٤", "-0", "0", "7", "3.25", "1e-7"),  # noqa: RUF001
    *("nan", "NaN", "inf", "-inf", "Infinity", "1e400", "1" * 400, "1" * 400 + " V", "9" * 40),
    *("on", "off", "open", "closed", "home", "not_home", "locked", "unlocked", "above_horizon"),
    *("below_horizon", "unknown", "unavailable", "None", "True", "W", "kWh", "°C", "%", "m³"),
    *("\\", "a\\", "a\\\\", "a\\ b", "a\\,b", "v, = \\ x", '"', 'a"b', "it's", 'it\'s "x"'),
    *("a,b=c d", "#", "#x", "\t", "\t#", "\0", "é🌡漢字", "\u200b"),
)
_NUMBERS = (
    *(0, 1, -1, True, False, 0.0, -0.0, 0.1, 1.5, 1 / 3, 100.0, 123456789.0, 1e15, 1e16, 1e22),
    *(1e-5, 0.0001, 1e300, 5e-324, 2**53 + 1, 2**63, 2**64 - 1, -(2**63), 12345678901234567),
)


class Luck(random.Random):
    """Makes cases up. The same seed makes the same ones."""

    def config(self) -> dict[str, Json]:
        """Return options as they stand in Home Assistant's YAML."""
        config: dict[str, Json] = {
            "measurement_attr": self.choice([each.value for each in MeasurementAttr]),
            "tags": {self.choice(_NAMES): self.choice(_TEXTS) for _ in range(self.few())},
            "tags_attributes": self.sample(_NAMES, self.few()),
            "ignore_attributes": self.sample(_NAMES, self.few()),
            "component_config": self.components(ENTITY_IDS),
            "component_config_domain": self.components(DOMAINS),
            "component_config_glob": self.components(GLOBS),
        }
        if self.random() < 0.3:
            config["default_measurement"] = self.choice(_TEXTS)
        if self.random() < 0.1:
            config["override_measurement"] = self.choice(_TEXTS)
        return config

    def components(self, keys: Sequence[str]) -> dict[str, Json]:
        """Return options for some of *keys*."""
        return {key: self.component() for key in self.sample(keys, self.few())}

    def component(self) -> dict[str, Json]:
        """Return options, each of them given or not."""
        component: dict[str, Json] = {
            "override_measurement": self.choice(_TEXTS),
            "ignore_attributes": self.sample(_NAMES, self.few()),
        }
        return {key: component[key] for key in self.sample(list(component), self.randint(0, 2))}

    def change(self) -> dict[str, Json]:
        """Return a state at a time."""
        attributes = {self.choice(_NAMES): self.json() for _ in range(self.randint(0, 7))}
        for name, usual in (("unit_of_measurement", "W"), ("device_class", "power")):
            if self.random() < 0.4:
                attributes[name] = usual if self.random() < 0.7 else self.json()
        return {
            "entity_id": self.choice(ENTITY_IDS),
            "state": self.choice(_TEXTS)[:255],
            "attributes": attributes,
            "time": self.randint(1_767_000_000_000_000, 1_798_000_000_000_000),
        }

    def json(self, depth: int = 0) -> Json:
        """Return any JSON."""
        kind = self.random()
        if kind < 0.45 or depth > 2:
            return self.choice(_TEXTS)
        if kind < 0.7:
            return self.choice(_NUMBERS)
        if kind < 0.78:
            return None
        if kind < 0.84:
            return "".join(self.choices("0123456789.,- x٣\n", k=self.randint(0, 8)))
        if kind < 0.92:
            return [self.json(depth + 1) for _ in range(self.few())]
        return {self.choice(_NAMES): self.json(depth + 1) for _ in range(self.few())}

    def few(self) -> int:
        """Return a small number, often none."""
        return self.choice((0, 0, 1, 2, 3))


def encoder_for(
    config: Mapping[str, Json], api: InfluxApi, precision: Precision = Precision.NS
) -> HomeAssistantEncoder:
    """Return an encoder with options as they stand in Home Assistant's YAML."""
    options = HomeAssistantSchemaConfig(
        measurement_attr=MeasurementAttr(config.get("measurement_attr", "unit_of_measurement")),
        default_measurement=config.get("default_measurement"),
        override_measurement=config.get("override_measurement"),
        tags_attributes=tuple(config.get("tags_attributes", ())),
        ignore_attributes=tuple(config.get("ignore_attributes", ())),
        component_config=_components(config.get("component_config", {})),
        component_config_domain=_components(config.get("component_config_domain", {})),
        component_config_glob=_components(config.get("component_config_glob", {})),
    )
    return HomeAssistantEncoder(options, tags=config.get("tags", {}), api=api, precision=precision)


def _components(table: Mapping[str, Mapping[str, Json]]) -> dict[str, ComponentConfig]:
    return {
        key: ComponentConfig(
            override_measurement=component.get("override_measurement"),
            ignore_attributes=(
                tuple(component["ignore_attributes"]) if "ignore_attributes" in component else None
            ),
        )
        for key, component in table.items()
    }


def change_of(told: Mapping[str, Json]) -> StateChange:
    """Return what `Luck.change` told as the daemon knows it."""
    return StateChange(
        entity_id=told["entity_id"],
        time=told["time"],
        state=State(value=told["state"], attributes=Attributes.of(told["attributes"])),
    )
