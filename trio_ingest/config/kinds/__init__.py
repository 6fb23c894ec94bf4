"""The kinds of values that a configuration has: how each is read, written and described."""
