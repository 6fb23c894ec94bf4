"""Tells others what Home Assistant's registries have."""
