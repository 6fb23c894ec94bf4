"""From state changes to batches: select, convert, encode, gather."""
