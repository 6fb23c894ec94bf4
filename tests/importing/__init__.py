"""The import of what Home Assistant already has."""
