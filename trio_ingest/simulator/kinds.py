"""What kinds of entities a home has, and how the state of each wanders.

`begin` gives the first reading. `advance` gives the next one from the one before, and from how
many lights are on in the same room; it may also find that nothing has changed.
"""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, NamedTuple

from attrs import field, frozen


class Reading(NamedTuple):
    """A state and its attributes."""

    state: str
    attributes: Mapping[str, Any]


Begin = Callable[[Random], Reading]
Advance = Callable[[Reading, Random, int], Reading]


@frozen(kw_only=True)
class Kind:
    """One kind: `label` is for people, `key` for entity ids, `device` is what entities sit in."""

    domain: str
    key: str
    label: str
    device: str
    begin: Begin = field(repr=False)
    advance: Advance = field(repr=False)


def _with(reading: Reading, **attributes: Any) -> Reading:
    return Reading(reading.state, {**reading.attributes, **attributes})


def _walk(value: float, random: Random, *, step: float, low: float, high: float) -> float:
    return min(high, max(low, value + random.choice((-2, -1, 1, 2)) * step))


def _toggling(on: str, off: str, **attributes: Any) -> tuple[Begin, Advance]:
    def begin(random: Random) -> Reading:
        return Reading(random.choice((on, off)), attributes)

    def advance(now: Reading, _random: Random, _lights_on: int) -> Reading:
        return Reading(off if now.state == on else on, now.attributes)

    return begin, advance


def _drifting(
    unit: str, device_class: str, *, start: float, step: float, low: float, high: float, digits: int
) -> tuple[Begin, Advance]:
    def begin(random: Random) -> Reading:
        value = _walk(start, random, step=4 * step, low=low, high=high)
        return Reading(
            f"{value:.{digits}f}",
            {
                "state_class": "measurement",
                "unit_of_measurement": unit,
                "device_class": device_class,
            },
        )

    def advance(now: Reading, random: Random, _lights_on: int) -> Reading:
        value = _walk(float(now.state), random, step=step, low=low, high=high)
        return Reading(f"{value:.{digits}f}", now.attributes)

    return begin, advance


def _begin_light(_random: Random) -> Reading:
    return Reading(
        "off",
        {"supported_color_modes": ["brightness"], "color_mode": None, "brightness": None},
    )


def _advance_light(now: Reading, random: Random, _lights_on: int) -> Reading:
    if now.state == "on" and random.random() < 0.5:  # noqa: PLR2004
        return _with(now, brightness=random.randint(1, 255))
    if now.state == "on":
        return Reading("off", {**now.attributes, "color_mode": None, "brightness": None})
    brightness = random.randint(1, 255)
    return Reading("on", {**now.attributes, "color_mode": "brightness", "brightness": brightness})


def _begin_power(_random: Random) -> Reading:
    return Reading(
        "4.2",
        {"state_class": "measurement", "unit_of_measurement": "W", "device_class": "power"},
    )


def _advance_power(now: Reading, random: Random, lights_on: int) -> Reading:
    return Reading(f"{4.0 + 9.5 * lights_on + random.random() * 3:.2f}", now.attributes)


def _begin_energy(random: Random) -> Reading:
    return Reading(
        f"{random.uniform(0, 9000):.3f}",
        {
            "state_class": "total_increasing",
            "unit_of_measurement": "kWh",
            "device_class": "energy",
        },
    )


def _advance_energy(now: Reading, random: Random, lights_on: int) -> Reading:
    used = 0.001 * (1 + lights_on) + random.random() * 0.002
    return Reading(f"{float(now.state) + used:.3f}", now.attributes)


WEATHERS = ("sunny", "partlycloudy", "cloudy", "rainy", "snowy")


def _begin_weather(random: Random) -> Reading:
    return Reading(
        random.choice(WEATHERS),
        {
            "temperature": 11.5,
            "temperature_unit": "°C",
            "humidity": 71,
            "wind_speed": 12.24,
            "wind_speed_unit": "km/h",
        },
    )


def _advance_weather(now: Reading, random: Random, _lights_on: int) -> Reading:
    warmth = _walk(now.attributes["temperature"], random, step=0.1, low=-20, high=38)
    state = random.choice(WEATHERS) if random.random() < 0.1 else now.state  # noqa: PLR2004
    return _with(Reading(state, now.attributes), temperature=round(warmth, 1))


def _begin_climate(_random: Random) -> Reading:
    return Reading(
        "heat",
        {
            "hvac_modes": ["off", "heat"],
            "current_temperature": 20.5,
            "temperature": 21,
            "hvac_action": "heating",
        },
    )


def _advance_climate(now: Reading, random: Random, _lights_on: int) -> Reading:
    warmth = _walk(now.attributes["current_temperature"], random, step=0.1, low=12, high=28)
    heating = now.state == "heat" and warmth < now.attributes["temperature"]
    state = random.choice(("off", "heat")) if random.random() < 0.05 else now.state  # noqa: PLR2004
    return _with(
        Reading(state, now.attributes),
        current_temperature=round(warmth, 1),
        hvac_action="heating" if heating else "idle",
    )


TITLES = ("Die Moldau", "Für Elise", "上を向いて歩こう", "L'été indien", 'The "Best" of, vol=2')


def _begin_media_player(_random: Random) -> Reading:
    return Reading("idle", {"volume_level": 0.35, "media_title": None, "media_position": None})


def _advance_media_player(now: Reading, random: Random, _lights_on: int) -> Reading:
    match now.state:
        case "playing" if random.random() < 0.7:  # noqa: PLR2004
            return _with(now, media_position=now.attributes["media_position"] + 10)
        case "playing":
            return Reading(random.choice(("paused", "idle")), now.attributes)
        case _:
            return _with(
                Reading("playing", now.attributes),
                media_title=random.choice(TITLES),
                media_position=0,
            )


def _begin_person(_random: Random) -> Reading:
    return Reading("home", {"latitude": 52.3731, "longitude": 4.8922, "gps_accuracy": 18})


def _advance_person(now: Reading, random: Random, _lights_on: int) -> Reading:
    state = random.choice(("home", "not_home", "Büro"))
    latitude = round(52.3731 + random.uniform(-0.05, 0.05), 5)
    return _with(Reading(state, now.attributes), latitude=latitude)


LOCK_CYCLE = {
    "locked": "unlocking",
    "unlocking": "unlocked",
    "unlocked": "locking",
    "locking": "locked",
}


def _begin_lock(_random: Random) -> Reading:
    return Reading("locked", {"changed_by": None})


def _advance_lock(now: Reading, _random: Random, _lights_on: int) -> Reading:
    return Reading(LOCK_CYCLE[now.state], now.attributes)


def _begin_sun(_random: Random) -> Reading:
    return Reading("above_horizon", {"elevation": 21.4, "azimuth": 180.0, "rising": False})


def _advance_sun(now: Reading, random: Random, _lights_on: int) -> Reading:
    elevation = round(_walk(now.attributes["elevation"], random, step=0.9, low=-60, high=60), 2)
    state = "above_horizon" if elevation > 0 else "below_horizon"
    azimuth = round((now.attributes["azimuth"] + 0.25) % 360, 2)
    return _with(Reading(state, now.attributes), elevation=elevation, azimuth=azimuth)


def _kind(domain: str, key: str, label: str, device: str, walk: tuple[Begin, Advance]) -> Kind:
    begin, advance = walk
    return Kind(domain=domain, key=key, label=label, device=device, begin=begin, advance=advance)


_temperature = _drifting("°C", "temperature", start=20.0, step=0.1, low=-15.0, high=35.0, digits=1)
_humidity = _drifting("%", "humidity", start=48, step=1, low=15, high=95, digits=0)

ROOM_KINDS = (
    _kind("light", "ceiling", "Ceiling", "Lamp", (_begin_light, _advance_light)),
    _kind("sensor", "temperature", "Temperature", "Climate sensor", _temperature),
    _kind(
        "binary_sensor",
        "motion",
        "Motion",
        "Motion sensor",
        _toggling("on", "off", device_class="motion"),
    ),
    _kind("sensor", "power", "Power", "Energy meter", (_begin_power, _advance_power)),
    _kind("sensor", "energy", "Energy", "Energy meter", (_begin_energy, _advance_energy)),
    _kind("sensor", "humidity", "Humidity", "Climate sensor", _humidity),
    _kind("switch", "socket", "Socket", "Plug", _toggling("on", "off", device_class="outlet")),
    _kind(
        "binary_sensor", "door", "Door", "Door sensor", _toggling("on", "off", device_class="door")
    ),
    _kind("climate", "heating", "Heating", "Thermostat", (_begin_climate, _advance_climate)),
    _kind(
        "media_player", "player", "Player", "Player", (_begin_media_player, _advance_media_player)
    ),
    _kind("lock", "lock", "Lock", "Lock", (_begin_lock, _advance_lock)),
)
"""What each room has, the most usual first."""

HOUSE_KINDS = (
    _kind("sun", "sun", "Sun", "Sun", (_begin_sun, _advance_sun)),
    _kind("weather", "home", "Weather", "Weather", (_begin_weather, _advance_weather)),
    _kind("person", "marta", "Márta", "Phone", (_begin_person, _advance_person)),
)
"""What a house has once, in no room."""
