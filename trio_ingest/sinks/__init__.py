"""Sinks: the databases that a batch can be written to."""
