"""Tests against a real Home Assistant, with the least rights that the daemon can work with."""
