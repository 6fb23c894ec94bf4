"""Fixtures of the tests with faults."""

from tests.reliability.bench import bench

__all__ = ["bench"]
