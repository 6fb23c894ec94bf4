"""Fixtures that tests of several parts share, and which tests belong into one process."""

from typing import Any

import pytest

pytest_plugins = ["tests.support.servers", "tests.support.home_assistant", "tests.support.nats"]

# There is one real Home Assistant a machine, and one installed wheel is enough.
TOGETHER = ("tests/real_home_assistant/", "tests/packaging/test_")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Have a file be tested by one process, and what shares a unique thing, too.

    The option `--dist loadgroup` would ask for that by marks, which pytest-xdist 3.8 does not see in
    pytest 9.2: it writes them into a name that is worked out anew.
    """
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - not everybody has it

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            shared = [each for each in TOGETHER if nodeid.startswith(each)]
            return shared[0] if shared else nodeid.partition("::")[0]

    return ByFile(config, log)
