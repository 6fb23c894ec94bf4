"""The spool: a channel that survives the power cut."""
