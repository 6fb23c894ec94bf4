"""The commands that stand in modules of their own."""

from trio_ingest.cli.first_steps import completion, demo, import_config, install_unit, simulate
from trio_ingest.cli.nats import nats
from trio_ingest.cli.past import export, import_, query
from trio_ingest.cli.quarantine import quarantine
from trio_ingest.cli.spool import spool

OTHERS = (
    *(spool, quarantine, nats, query, export, import_),
    *(completion, import_config, install_unit, demo, simulate),
)
