"""trio-ingest records a Home Assistant home into a time-series database and loses nothing."""

__version__ = "0.1.0"
