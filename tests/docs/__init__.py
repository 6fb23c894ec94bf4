"""Pages of docs/ that are generated or run, so that they cannot go stale."""
