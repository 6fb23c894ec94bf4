"""How the daemon is watched: logs, the task tree, the service manager."""
