"""Files that cannot be used, and the very words that say why."""

from attrs import frozen

HOME = """
[home_assistant.home]
url = "http://ha:8123"
token = "abc"
"""

NATS = """
[sink.n]
kind = "nats"
servers = ["nats://nats"]
"""

INFLUX2 = """
[sink.influx]
kind = "influxdb"
api = "v2"
url = "http://db:8086"
bucket = "home"
token = "abc"
"""

INFLUX1 = """
[sink.influx]
kind = "influxdb"
api = "v1"
url = "http://db:8086"
database = "home"
"""

DURATION = 'Write a number and its unit (ms, s, m, h or d), such as "250ms" or "5m".'
SIZE = 'Write a number and its unit (B, kB, MB, GB, KiB, MiB, GiB …), such as "64 MiB".'
HA_URL = "Write a URL that begins with http://, https://, ws:// or wss://."


@frozen
class BadFile:
    """A file, and its only problem. The schema rejects it too, unless only the loader can know."""

    text: str
    problem: str
    schema_rejects: bool = True


def home(key: str) -> str:
    """Return a file with one more key for the Home Assistant, or another value of one."""
    name = key.partition(" ")[0]
    lines = [line for line in HOME.splitlines() if not line.startswith(f"{name} ")]
    return "\n".join([*lines, key])


BAD_FILES = {
    "unknown key": BadFile(
        home("backfil = true"),
        'home_assistant.home.backfil: unknown key. Did you mean "backfill"?',
    ),
    "unknown key at the top": BadFile(
        f'stat_directory = "x"\n{HOME}',
        'stat_directory: unknown key. Did you mean "state_directory"?',
    ),
    "unknown key in a table inside": BadFile(
        f"{HOME}{INFLUX2}batch.max_pionts = 1",
        'sink.influx.batch.max_pionts: unknown key. Did you mean "max_points"?',
    ),
    "unknown key like none": BadFile(
        f"{HOME}\n[logging]\nxyz = 1", "logging.xyz: unknown key. Known here: format, level."
    ),
    "name is no key": BadFile(
        f'{HOME}{INFLUX1}secret = "x"',
        "sink.influx.secret: unknown key. Known here: api, attributes, auth, batch, bucket, "
        "ca_file, component_config, component_config_domain, component_config_glob, database, "
        "default_measurement, exclude, gzip, heartbeat, identity, ignore_attributes, include, "
        "measurement_attr, org, override_measurement, params, password, password_file, precision, "
        "restart_noise, retention_policy, schema, spool, state_format, tag_labels, tags, "
        "tags_attributes, timeout, token, token_file, url, username, value_map, verify_tls.",
    ),
    "no home": BadFile(
        '[logging]\nlevel = "info"',
        "home_assistant: none is given. Add [home_assistant.home], and its url.",
    ),
    "home without a name": BadFile(
        '[home_assistant]\nurl = "http://ha:8123"',
        "home_assistant.url: is not in a table with a name. Write [home_assistant.NAME] above it.",
    ),
    "homes are an array": BadFile(
        '[[home_assistant]]\nurl = "http://ha:8123"',
        "home_assistant: is not a table. Write [home_assistant.NAME].",
    ),
    "name that cannot be": BadFile(
        HOME.replace("home_assistant.home", 'home_assistant."My Home"'),
        'home_assistant."My Home": is no name that can be used. '
        "Use a-z, 0-9, _ and - only: it goes into file names and metrics.",
    ),
    "no url": BadFile(
        '[home_assistant.home]\ntoken = "abc"',
        "home_assistant.home.url: is missing. "
        'Where Home Assistant answers, such as "http://homeassistant.local:8123".',
    ),
    "url of another scheme": BadFile(
        home('url = "ftp://ha"'),
        f"home_assistant.home.url: is no URL that can be used here. {HA_URL}",
    ),
    "url without a scheme": BadFile(
        home('url = "ha:8123"'),
        f"home_assistant.home.url: is no URL that can be used here. {HA_URL}",
    ),
    "url without a host": BadFile(
        home('url = "http:///x"'), f"home_assistant.home.url: names no host. {HA_URL}"
    ),
    "url with a port that cannot be": BadFile(
        home('url = "http://ha:81233"'),
        f"home_assistant.home.url: has a host or a port that cannot be. {HA_URL}",
        schema_rejects=False,
    ),
    "url with a blank": BadFile(
        home('url = "http://ha :8123"'),
        f"home_assistant.home.url: has a blank or a control character in it. {HA_URL}",
    ),
    "url with credentials": BadFile(
        home('url = "http://me:pw@ha:8123"'),
        "home_assistant.home.url: holds credentials. "
        "Give them in keys of their own, because URLs are logged.",
    ),
    "url with a query": BadFile(
        home('url = "http://ha:8123/?a=b"'),
        'home_assistant.home.url: has a "?" or a "#" in it. End it with the path.',
    ),
    "url is a number": BadFile(
        home("url = 8123"), f"home_assistant.home.url: is not a string. {HA_URL}"
    ),
    "no token": BadFile(
        '[home_assistant.home]\nurl = "http://ha:8123"',
        'home_assistant.home.token: is missing. Give token = "…", or token_file = "PATH", or the '
        "systemd credential home_assistant.home.token.",
        schema_rejects=False,
    ),
    "two tokens": BadFile(
        f'{HOME}token_file = "x"',
        "home_assistant.home.token: token and token_file are both given. Keep one of them.",
    ),
    "token is a number": BadFile(
        home("token = 5"),
        "home_assistant.home.token: is not a string. Write the token in quotes.",
    ),
    "empty token": BadFile(
        home('token = ""'), "home_assistant.home.token: is empty. Put the token there."
    ),
    "token with a blank": BadFile(
        home('token = "a b"'),
        "home_assistant.home.token: has a blank, a line break or an odd letter inside. "
        "A token is on one line; copy it once more.",
        schema_rejects=False,
    ),
    "duration without a unit": BadFile(
        home("ping_timeout = 10"),
        f"home_assistant.home.ping_timeout: 10 is a number without a unit. {DURATION}",
    ),
    "duration without a unit, in quotes": BadFile(
        home('ping_timeout = "10"'),
        f'home_assistant.home.ping_timeout: "10" is a number without a unit. {DURATION}',
    ),
    "duration of another unit": BadFile(
        home('ping_timeout = "10 min"'),
        f'home_assistant.home.ping_timeout: "10 min" is not a duration. {DURATION}',
    ),
    "duration below its bounds": BadFile(
        home('ping_timeout = "0s"'),
        'home_assistant.home.ping_timeout: "0s" is out of bounds. Write a duration from 1ms to 1h.',
        schema_rejects=False,
    ),
    "duration above its bounds": BadFile(
        home('backfill_max = "9999d"'),
        'home_assistant.home.backfill_max: "9999d" is out of bounds. '
        "Write a duration from 1ms to 3650d.",
        schema_rejects=False,
    ),
    "size without a unit": BadFile(
        home("max_message_size = 1000000"),
        f"home_assistant.home.max_message_size: 1000000 is a number without a unit. {SIZE}",
    ),
    "size of another unit": BadFile(
        f'{HOME}{INFLUX2}spool.max_size = "64 mb"',
        f'sink.influx.spool.max_size: "64 mb" is not a size. {SIZE}',
    ),
    "size out of bounds": BadFile(
        home('max_message_size = "1 kB"'),
        'home_assistant.home.max_message_size: "1 kB" is out of bounds. '
        "Write a size from 64 KiB to 1 GiB.",
        schema_rejects=False,
    ),
    "no flag": BadFile(
        home('verify_tls = "no"'),
        'home_assistant.home.verify_tls: "no" is neither true nor false. '
        "Write true or false, unquoted.",
    ),
    "number out of bounds": BadFile(
        f"{HOME}{INFLUX2}batch.max_points = 0",
        "sink.influx.batch.max_points: 0 is out of bounds. Write a number from 1 to 100000.",
    ),
    "true is no number": BadFile(
        f"{HOME}{INFLUX2}batch.max_points = true",
        "sink.influx.batch.max_points: true is not a whole number. "
        "Write a number from 1 to 100000, unquoted.",
    ),
    "table is a number": BadFile(
        f"{HOME}{INFLUX2}batch = 5",
        "sink.influx.batch: 5 is not a table. Write it as a [table].",
    ),
    "admin is a number": BadFile(
        f"admin = 5\n{HOME}", "admin: 5 is not a table. Write it as a [table]."
    ),
    "unknown choice": BadFile(
        f"{HOME}{INFLUX2}spool.when_full = 'drop_olest'",
        'sink.influx.spool.when_full: "drop_olest" is unknown. Did you mean "drop_oldest"?',
    ),
    "choice is a list": BadFile(
        f"{HOME}\n[logging]\nlevel = []",
        "logging.level: a list is not a string. "
        'Write one of "debug", "info", "warning", "error" in quotes.',
    ),
    "unknown feed": BadFile(
        home('feed = "entitys"'),
        'home_assistant.home.feed: "entitys" is unknown. Did you mean "entities"?',
    ),
    "unknown schema": BadFile(
        f'{HOME}{INFLUX2}schema = "homeassistant"',
        'sink.influx.schema: "homeassistant" is unknown. Did you mean "home-assistant"?',
    ),
    "option of the integration with tidy": BadFile(
        f'{HOME}{INFLUX2}ignore_attributes = ["icon"]',
        'sink.influx.ignore_attributes: belongs to schema "home-assistant", but the schema is '
        '"tidy". Leave it out, or choose that schema.',
    ),
    "components with homeiq": BadFile(
        f'{HOME}{INFLUX2}schema = "homeiq"\ncomponent_config."sun.sun" = {{}}',
        'sink.influx.component_config: belongs to schema "home-assistant", but the schema is '
        '"homeiq". Leave it out, or choose that schema.',
    ),
    "state format with tidy": BadFile(
        f'{HOME}{INFLUX2}schema = "tidy"\nstate_format = "legacy"',
        'sink.influx.state_format: belongs to schema "homeiq", but the schema is "tidy". '
        "Leave it out, or choose that schema.",
    ),
    "identity with another schema": BadFile(
        f'{HOME}{INFLUX2}schema = "home-assistant"\nidentity = "registry_id"',
        'sink.influx.identity: belongs to schema "tidy", but the schema is "home-assistant". '
        "Leave it out, or choose that schema.",
    ),
    "labels with another schema": BadFile(
        f'{HOME}{INFLUX2}schema = "homeiq"\ntag_labels = true',
        'sink.influx.tag_labels: belongs to schema "tidy", but the schema is "homeiq". '
        "Leave it out, or choose that schema.",
    ),
    "attributes with another schema": BadFile(
        f'{HOME}{INFLUX2}schema = "home-assistant"\nattributes.exclude = ["icon"]',
        'sink.influx.attributes: belongs to schema "tidy", but the schema is "home-assistant". '
        "Leave it out, or choose that schema.",
    ),
    "value map with another schema": BadFile(
        f'{HOME}{INFLUX2}schema = "homeiq"\nvalue_map.person.home = 1',
        'sink.influx.value_map: belongs to schema "tidy", but the schema is "homeiq". '
        "Leave it out, or choose that schema.",
    ),
    "component that is no entity": BadFile(
        f'{HOME}{INFLUX2}schema = "home-assistant"\ncomponent_config.kitchen = {{}}',
        'sink.influx.component_config.kitchen: "kitchen" cannot be a name here. '
        'Write one such as "light.kitchen".',
    ),
    "unknown key of a component": BadFile(
        f'{HOME}{INFLUX2}schema = "home-assistant"\n'
        'component_config."sun.sun".overide_measurement = "x"',
        'sink.influx.component_config."sun.sun".overide_measurement: unknown key. '
        'Did you mean "override_measurement"?',
    ),
    "component that is a number": BadFile(
        f'{HOME}{INFLUX2}schema = "home-assistant"\ncomponent_config_domain.sun = 5',
        "sink.influx.component_config_domain.sun: 5 is not a table. Write it as a [table].",
    ),
    "components that are a list": BadFile(
        f'{HOME}{INFLUX2}schema = "home-assistant"\ncomponent_config_glob = []',
        "sink.influx.component_config_glob: a list is not a table. Write it as a [table].",
    ),
    "attributes of a domain that cannot be": BadFile(
        f"{HOME}{INFLUX2}attributes.domain.Light.include = []",
        'sink.influx.attributes.domain.Light: "Light" cannot be a name here. '
        'Write one such as "light".',
    ),
    "value map without a table": BadFile(
        f"{HOME}{INFLUX2}value_map = 5",
        "sink.influx.value_map: 5 is not a table. "
        "Write tables such as person = { home = 1, work = 2 }.",
    ),
    "value map of words alone": BadFile(
        f"{HOME}{INFLUX2}value_map.home = 1",
        'sink.influx.value_map: "home" has no words. '
        "Write tables such as person = { home = 1, work = 2 }.",
    ),
    "value map of an entity": BadFile(
        f'{HOME}{INFLUX2}value_map."sensor.door".open = 1',
        'sink.influx.value_map: "sensor.door" names no entities. '
        'Write a domain, or a domain and a device class such as "sensor:enum".',
    ),
    "value map with a word for a number": BadFile(
        f'{HOME}{INFLUX2}value_map.person.home = "1"',
        'sink.influx.value_map: "home" of "person" has no number. '
        "Write tables such as person = { home = 1, work = 2 }.",
    ),
    "value map without an end": BadFile(
        f"{HOME}{INFLUX2}value_map.person.home = inf",
        'sink.influx.value_map: "home" of "person" has no number. '
        "Write tables such as person = { home = 1, work = 2 }.",
        schema_rejects=False,
    ),
    "value map with a flag": BadFile(
        f"{HOME}{INFLUX2}value_map.person.home = true",
        'sink.influx.value_map: "home" of "person" has no number. '
        "Write tables such as person = { home = 1, work = 2 }.",
    ),
    "event that is recorded anyway": BadFile(
        home('events = ["call_service", "state_changed"]'),
        'home_assistant.home.events: "state_changed" cannot be in this list. Leave it out.',
    ),
    "all events": BadFile(
        home('events = ["*"]'),
        'home_assistant.home.events: "*" cannot be in this list. '
        'Write names such as "automation_triggered".',
    ),
    "unknown category": BadFile(
        f'{HOME}{INFLUX2}exclude.entity_categories = ["diagnostics"]',
        'sink.influx.exclude.entity_categories: "diagnostics" cannot be in this list. '
        'Write names such as "diagnostic".',
    ),
    "server of another protocol": BadFile(
        f'{HOME}\n[sink.n]\nkind = "nats"\nservers = ["nats://a", "http://b"]',
        "sink.n.servers: is no URL that can be used here. Write a URL that begins with nats:// or "
        "tls://.",
    ),
    "no servers": BadFile(
        f'{HOME}\n[sink.n]\nkind = "nats"\nservers = []',
        'sink.n.servers: is no list of servers. Write a list such as ["nats://10.0.0.5"].',
    ),
    "subject with a wildcard": BadFile(
        f'{HOME}{NATS}subject = "ha.lp.>"',
        'sink.n.subject: "ha.lp.>" cannot be used here. Write one such as "ha.lp.north".',
    ),
    "stream with a dot": BadFile(
        f'{HOME}{NATS}stream = "HA.LP"',
        'sink.n.stream: "HA.LP" cannot be used here. Write one such as "HA_LP".',
    ),
    "two ways to say who we are": BadFile(
        f'{HOME}{NATS}token = "abc"\nnkey_seed = "abc"',
        "sink.n.nkey_seed: does not go with a token. Keep one of the two.",
        schema_rejects=False,
    ),
    "password of nobody": BadFile(
        f'{HOME}{NATS}password = "abc"',
        "sink.n.username: is missing. It goes with the password.",
        schema_rejects=False,
    ),
    "unknown sink": BadFile(
        f'{HOME}\n[sink.n]\nkind = "influx"',
        'sink.n.kind: "influx" is unknown. Did you mean "influxdb"?',
    ),
    "sink without a kind": BadFile(
        f'{HOME}\n[sink.n]\npath = "x"',
        'sink.n.kind: is missing. Write one of "influxdb", "sqlite", "nats".',
    ),
    "one database for two": BadFile(
        f'{HOME}\n[sink.a]\nkind = "sqlite"\npath = "/d/x.db"\n'
        '[sink.b]\nkind = "sqlite"\npath = "/d/x.db"',
        "sink.b.path: /d/x.db is the database of sink.a already. Give each sink its own.",
        schema_rejects=False,
    ),
    "no api": BadFile(
        f"{HOME}{INFLUX2}".replace('api = "v2"\n', ""),
        'sink.influx.api: is missing. The write API that the server speaks: "v1", "v2" or "v3".',
    ),
    "v1 without a database": BadFile(
        f"{HOME}{INFLUX1}".replace('database = "home"\n', ""),
        "sink.influx.database: is missing. It names where to write; v1 needs it.",
    ),
    "v2 without a bucket": BadFile(
        f"{HOME}{INFLUX2}".replace('bucket = "home"\n', ""),
        "sink.influx.bucket: is missing. It names where to write; v2 needs it.",
    ),
    "bucket with v1": BadFile(
        f'{HOME}{INFLUX1}bucket = "home"',
        "sink.influx.bucket: belongs to v2, but the api is v1. With v1 say database.",
    ),
    "database with v2": BadFile(
        f'{HOME}{INFLUX2}database = "home"',
        "sink.influx.database: belongs to v1 and v3, but the api is v2. With v2 say bucket.",
    ),
    "retention policy with v2": BadFile(
        f'{HOME}{INFLUX2}retention_policy = "week"',
        "sink.influx.retention_policy: belongs to v1, but the api is v2. With v2 say bucket.",
    ),
    "v2 without a token": BadFile(
        f"{HOME}{INFLUX2}".replace('home"\ntoken = "abc"', 'home"'),
        'sink.influx.token: is missing. Give token = "…", or token_file = "PATH", or the systemd '
        'credential sink.influx.token, or say auth = "none" if the server asks for nothing.',
        schema_rejects=False,
    ),
    "token and password": BadFile(
        f'{HOME}{INFLUX2}password = "pw"',
        "sink.influx.password: does not go with a token. Keep one of the two.",
        schema_rejects=False,
    ),
    "token without a use": BadFile(
        f'{HOME}{INFLUX2}auth = "none"',
        'sink.influx.token: does not go with auth = "none". Keep one of the two.',
        schema_rejects=False,
    ),
    "unknown auth": BadFile(
        f'{HOME}{INFLUX2}auth = "baerer"',
        'sink.influx.auth: "baerer" is unknown. Did you mean "bearer"?',
    ),
    "username without a password": BadFile(
        f'{HOME}{INFLUX1}username = "me"',
        'sink.influx.password: is missing. Give password = "…", or password_file = "PATH", or the '
        'systemd credential sink.influx.password, or say auth = "none" if the server asks for '
        "nothing.",
        schema_rejects=False,
    ),
    "password without a username": BadFile(
        f'{HOME}{INFLUX1}password = "pw"',
        "sink.influx.username: is missing. It goes with the password.",
        schema_rejects=False,
    ),
    "password with a line break": BadFile(
        f'{HOME}{INFLUX1}username = "me"\npassword = "p\\nw"',
        "sink.influx.password: has a line break or a control character inside. "
        "A password is on one line; copy it once more.",
        schema_rejects=False,
    ),
    "empty text": BadFile(
        f'{HOME}{INFLUX2}org = ""',
        "sink.influx.org: is empty. Give it a value, or leave the key out.",
    ),
    "text is a number": BadFile(
        f"{HOME}{INFLUX2}org = 5", "sink.influx.org: 5 is not a string. Write it in quotes."
    ),
    "parameter that we send ourselves": BadFile(
        f'{HOME}{INFLUX2}params = {{ precision = "s" }}',
        'sink.influx.params: "precision" cannot be a name here. '
        "Choose one that is none of db, rp, org, bucket, precision.",
    ),
    "tag that points have already": BadFile(
        f'{HOME}{INFLUX2}tags = {{ area = "x" }}',
        'sink.influx.tags: "area" cannot be a name here. Choose one without "_" in front that is '
        "none of area, device, domain, entity_id, entity_id_str, floor, home, labels, registry_id, service, "
        "state, time, value.",
    ),
    "tag that rows have already": BadFile(
        f'{HOME}[sink.s]\nkind = "sqlite"\ntags = {{ _x = "x" }}',
        'sink.s.tags: "_x" cannot be a name here. Choose one without "_" in front that is '
        "none of area, device, domain, entity_id, entity_id_str, floor, home, labels, registry_id, service, "
        "state, time, value.",
    ),
    "tag that points of the integration cannot have": BadFile(
        f'{HOME}{INFLUX2}schema = "home-assistant"\ntags = {{ _field = "x" }}',
        'sink.influx.tags: "_field" cannot be a name here. '
        "Choose one that is none of _field, _measurement, time.",
    ),
    "tag that points of homeiq have already": BadFile(
        f'{HOME}{INFLUX2}schema = "homeiq"\ntags = {{ context_id = "x" }}',
        'sink.influx.tags: "context_id" cannot be a name here. Choose one without "_" in front '
        "that is none of area_id, attributes, context_id, context_parent_id, context_user_id, "
        "device_class, device_id, domain, duration_in_state_seconds, entity_category, entity_id, "
        "event_category, event_type, home, manufacturer, model, normalized_value, old_state, "
        "previous_state, service, state, state_value, sw_version, time.",
    ),
    "tag without a name": BadFile(
        f'{HOME}{INFLUX2}tags = {{ "" = "x" }}',
        'sink.influx.tags: "" cannot be a name here. Choose one that is not empty.',
    ),
    "tag without a value": BadFile(
        f'{HOME}{INFLUX2}tags = {{ site = "" }}',
        'sink.influx.tags: "site" has no text. Write { site = "value" }.',
    ),
    "tags are a list": BadFile(
        f"{HOME}{INFLUX2}tags = []",
        'sink.influx.tags: is not a table. Write { name = "value" }.',
    ),
    "domains are no list": BadFile(
        f"{HOME}{INFLUX2}include.domains = 'light'",
        'sink.influx.include.domains: "light" is not a list. Write a list such as ["sensor"].',
    ),
    "entity without a domain": BadFile(
        f"{HOME}{INFLUX2}exclude.entities = ['kitchen']",
        'sink.influx.exclude.entities: "kitchen" cannot be in this list. '
        'Write names such as "light.kitchen".',
    ),
    "date": BadFile(
        home("connect_timeout = 2026-01-01"),
        f"home_assistant.home.connect_timeout: a date or time is not a duration. {DURATION}",
    ),
    "listen at a port only": BadFile(
        f'{HOME}\n[admin]\nlisten = "8099"',
        'admin.listen: "8099" is not an address to listen at. '
        'Write "HOST:PORT", "unix:/PATH", or "" for none.',
    ),
    "listen at a port that cannot be": BadFile(
        f'{HOME}\n[admin]\nlisten = "127.0.0.1:65536"',
        'admin.listen: "127.0.0.1:65536" is not an address to listen at. '
        'Write "HOST:PORT", "unix:/PATH", or "" for none.',
    ),
    "data-api without a url": BadFile(
        f'{HOME}\n[publish.data_api]\ntoken = "abc"',
        'publish.data_api.url: is missing. Where it answers, such as "http://data-api:8006".',
    ),
    "data-api of a home that is not there": BadFile(
        f'{HOME}\n[publish.data_api]\nurl = "http://h"\nhome = "hut"',
        'publish.data_api.home: there is no home "hut". Name one of home.',
        schema_rejects=False,
    ),
    "data-api of one of several homes": BadFile(
        f'{HOME}{HOME.replace(".home]", ".hut]")}\n[publish.data_api]\nurl = "http://h"',
        "publish.data_api.home: is missing. Name one of home, hut.",
        schema_rejects=False,
    ),
    "nobody who could be told": BadFile(
        f"{HOME}\n[publish.mqtt]", "publish.mqtt: unknown key. Known here: data_api."
    ),
    "authority that is not there": BadFile(
        home('ca_file = "/nowhere/ca.pem"'),
        "home_assistant.home.ca_file: there is no file /nowhere/ca.pem. "
        "Correct the path, or create the file.",
        schema_rejects=False,
    ),
    "path with a null": BadFile(
        home('token_file = "a\\u0000"').replace('token = "abc"\n', ""),
        "home_assistant.home.token_file: has a control character in it. Write the path once more.",
        schema_rejects=False,
    ),
    "token file that is not there": BadFile(
        home('token_file = "/nowhere/token"').replace('token = "abc"\n', ""),
        "home_assistant.home.token_file: cannot read /nowhere/token: No such file or directory. "
        "Put the token there, readable by the user that runs trio-ingest.",
        schema_rejects=False,
    ),
    "unset variable": BadFile(
        home('token = "${NOT_SET}"'),
        "home_assistant.home.token: the environment does not have NOT_SET. "
        "Set it there, or give a default: ${NOT_SET:-…}.",
        schema_rejects=False,
    ),
    "lone dollar": BadFile(
        home('token = "a$b"'),
        'home_assistant.home.token: has a lone "$" in it. '
        "Write ${NAME} for a variable, $$ for a dollar.",
        schema_rejects=False,
    ),
}
