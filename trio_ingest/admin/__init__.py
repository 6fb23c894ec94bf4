"""Health and metrics over HTTP: looks at the river, and never touches it."""
