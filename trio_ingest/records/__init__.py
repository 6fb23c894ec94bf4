"""Reading the embedded database: for `trio-ingest query` and `trio-ingest export`."""
