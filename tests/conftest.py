"""Fixtures that tests of several parts share, and which tests belong into one process."""

import pytest

pytest_plugins = ["tests.support.servers", "tests.support.home_assistant"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give what shares an expensive or unique thing to one process when there are several.

    There is one real Home Assistant a machine, and one installed wheel is enough. All other tests
    stay together by file.
    """
    for item in items:
        if item.get_closest_marker("home_assistant"):
            group = "home_assistant"
        elif "installed" in getattr(item, "fixturenames", ()):
            group = "installed"
        else:
            group = item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))
