"""Fixtures that tests of several parts share."""

pytest_plugins = ["tests.support.servers", "tests.support.home_assistant"]
