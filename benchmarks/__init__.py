"""What trio-ingest costs, measured: `scripts/bench` runs it, docs/performance.md tells of it."""
