"""Tests of what is shipped: the wheel, the unit file, and where they can live."""
