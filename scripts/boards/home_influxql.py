"""The questions of the home's board in InfluxQL: for InfluxDB 1, and 2 and 3 by their v1 API."""

from scripts.boards.home import Language
from scripts.boards.panels import Json

# Grafana puts alternatives in place of a variable, escaped for a regular expression; what is in
# no area has an empty one, which `.*` (for all) finds, too.
CHOSEN = '"area" =~ /^${area:regex}$/ AND "entity_id" =~ /^${entity:regex}$/ AND $timeFilter'
NOW = CHOSEN.replace("$timeFilter", "time <= ${__to}ms")


def ask(query: str, *, alias: str = "$tag_entity_id", shape: str = "time_series") -> Json:
    return {"query": query, "rawQuery": True, "resultFormat": shape, "alias": alias}


def means_of(device_class: str) -> Json:
    return ask(
        f'SELECT mean("value") FROM "sensor" WHERE "device_class_str" = \'{device_class}\' '
        f'AND {CHOSEN} GROUP BY time($__interval), "entity_id" fill(none)'
    )


def states_of(*domains: str) -> Json:
    measurements = ", ".join(f'"{domain}"' for domain in domains)
    return ask(f'SELECT "state" FROM {measurements} WHERE {CHOSEN} GROUP BY "entity_id"')


INFLUXQL = Language(
    uid="trio-ingest-home",
    title="Home",
    datasource="InfluxQL",
    areas='SHOW TAG VALUES WITH KEY = "area"',
    entities='SHOW TAG VALUES WITH KEY = "entity_id" WHERE "area" =~ /^${area:regex}$/',
    targets={
        "temperature": means_of("temperature"),
        "humidity": means_of("humidity"),
        "thermostats": ask(
            'SELECT mean("current_temperature") AS "measured", mean("temperature") AS "set" '
            f'FROM "climate" WHERE {CHOSEN} GROUP BY time($__interval), "entity_id" fill(none)',
            alias="$tag_entity_id $col",
        ),
        "power": means_of("power"),
        "energy": ask(
            'SELECT non_negative_difference(last("value")) FROM "sensor" '
            f"WHERE \"device_class_str\" = 'energy' AND {CHOSEN} "
            'GROUP BY time(1d), "entity_id" fill(none)'
        ),
        "switches": states_of("light", "switch", "fan", "input_boolean"),
        "binary_sensors": states_of("binary_sensor"),
        "people": states_of("person", "device_tracker"),
        "locks": states_of("lock", "cover"),
        "batteries": ask(
            'SELECT last("value") FROM "sensor" WHERE "device_class_str" = \'battery\' '
            f'AND {NOW} GROUP BY "entity_id"'
        ),
        "unavailable": ask(
            'SELECT "entity_id", "state" FROM (SELECT last("state") AS "state" FROM /.*/ '
            f'WHERE {NOW} GROUP BY "entity_id") WHERE "state" = \'unavailable\'',
            alias="",
            shape="table",
        ),
        "changes": ask(
            f'SELECT "entity_id", "area", "state" FROM /.*/ WHERE {CHOSEN} '
            "ORDER BY time DESC LIMIT 10",
            alias="",
            shape="table",
        ),
        "most": ask(
            f'SELECT count("state") AS "changes" FROM /.*/ WHERE {CHOSEN} GROUP BY "entity_id"',
            alias="",
            shape="table",
        ),
        "values": ask(
            f'SELECT mean("value") FROM /.*/ WHERE {CHOSEN} '
            'GROUP BY time($__interval), "entity_id" fill(none)'
        ),
        "states": ask(f'SELECT "state" FROM /.*/ WHERE {CHOSEN} GROUP BY "entity_id"'),
    },
)
