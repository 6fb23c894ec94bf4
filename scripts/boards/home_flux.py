"""The questions of the home's board in Flux: for InfluxDB 2."""

from scripts.boards.home import Language
from scripts.boards.panels import Json

AREA = '(if exists r.area then r.area else "") =~ /^${area:regex}$/'
CHOSEN = f"{AREA} and r.entity_id =~ /^${{entity:regex}}$/"
RANGE = "v.timeRangeStart"


def ask(*steps: str, imports: str = "", since: str = RANGE) -> Json:
    """Return a target: what was chosen above, within the range, then *steps*."""
    lines = [
        f"range(start: {since}, stop: v.timeRangeStop)",
        f"filter(fn: (r) => {CHOSEN})",
        *steps,
    ]
    head = f'import "{imports}"\n\n' if imports else ""
    pipe = "".join(f"\n  |> {line}" for line in lines)
    return {"query": f"{head}from(bucket: v.defaultBucket){pipe}"}


def of_class(device_class: str, *steps: str, since: str = RANGE) -> Json:
    """Return what asks for the values of sensors of a class, as the column `value`."""
    return ask(
        'filter(fn: (r) => r._measurement == "sensor")',
        'filter(fn: (r) => r._field == "value" or r._field == "device_class_str")',
        "schema.fieldsAsCols()",
        f'filter(fn: (r) => r.device_class_str == "{device_class}" and exists r.value)',
        'group(columns: ["entity_id"])',
        'sort(columns: ["_time"])',
        *steps,
        imports="influxdata/influxdb/schema",
        since=since,
    )


def means_of(device_class: str) -> Json:
    return of_class(
        device_class,
        'aggregateWindow(every: v.windowPeriod, fn: mean, column: "value", createEmpty: false)',
        'keep(columns: ["_time", "entity_id", "value"])',
    )


def states_of(*domains: str) -> Json:
    wanted = " or ".join(f'r._measurement == "{domain}"' for domain in domains)
    return ask(
        f"filter(fn: (r) => {wanted})",
        'filter(fn: (r) => r._field == "state")',
        'group(columns: ["entity_id"])',
        'sort(columns: ["_time"])',
        'keep(columns: ["_time", "entity_id", "_value"])',
    )


VALUES = 'filter(fn: (r) => r._field == "{}")'
TAG_VALUES = """import "influxdata/influxdb/schema"

schema.tagValues(bucket: v.defaultBucket, tag: "{tag}", predicate: (r) => {predicate}, start: -30d)"""

FLUX = Language(
    uid="trio-ingest-home-flux",
    title="Home (Flux)",
    datasource="Flux",
    areas=TAG_VALUES.format(tag="area", predicate="true"),
    entities=TAG_VALUES.format(tag="entity_id", predicate=AREA),
    targets={
        "temperature": means_of("temperature"),
        "humidity": means_of("humidity"),
        "thermostats": ask(
            'filter(fn: (r) => r._measurement == "climate")',
            'filter(fn: (r) => r._field == "current_temperature" or r._field == "temperature")',
            'group(columns: ["entity_id", "_field"])',
            'sort(columns: ["_time"])',
            "aggregateWindow(every: v.windowPeriod, fn: mean, createEmpty: false)",
        ),
        "power": means_of("power"),
        "energy": of_class(
            "energy",
            'aggregateWindow(every: 1d, fn: last, column: "value", timeSrc: "_start", createEmpty: false)',
            'difference(columns: ["value"], nonNegative: true)',
            'keep(columns: ["_time", "entity_id", "value"])',
        ),
        "switches": states_of("light", "switch", "fan", "input_boolean"),
        "binary_sensors": states_of("binary_sensor"),
        "people": states_of("person", "device_tracker"),
        "locks": states_of("lock", "cover"),
        "batteries": of_class(
            "battery",
            'last(column: "value")',
            'keep(columns: ["_time", "entity_id", "value"])',
            since="-30d",
        ),
        "unavailable": ask(
            VALUES.format("state"),
            'group(columns: ["entity_id"])',
            'sort(columns: ["_time"])',
            "last()",
            'filter(fn: (r) => r._value == "unavailable")',
            "group()",
            'keep(columns: ["_time", "entity_id", "_value"])',
            since="-30d",
        ),
        "changes": ask(
            VALUES.format("state"),
            'group(columns: ["_measurement"])',
            'sort(columns: ["_time"], desc: true)',
            "limit(n: 10)",
            "group()",
            'keep(columns: ["_time", "entity_id", "area", "_value"])',
        ),
        "most": ask(
            VALUES.format("state"),
            'group(columns: ["entity_id"])',
            "count()",
            "group()",
            'rename(columns: {_value: "changes"})',
            'sort(columns: ["changes"], desc: true)',
        ),
        "values": ask(
            VALUES.format("value"),
            'group(columns: ["entity_id"])',
            'sort(columns: ["_time"])',
            "aggregateWindow(every: v.windowPeriod, fn: mean, createEmpty: false)",
        ),
        "states": ask(
            VALUES.format("state"),
            'group(columns: ["entity_id"])',
            'sort(columns: ["_time"])',
            'keep(columns: ["_time", "entity_id", "_value"])',
        ),
    },
)
