"""Configuration: the model, and the way from a TOML file and the environment to it."""
