"""Looks at everything that recording depends on, and says what is wrong and what to do."""
