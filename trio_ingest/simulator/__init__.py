"""A simulated Home Assistant with a believable home, for the demo, the tests and load."""
