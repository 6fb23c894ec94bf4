"""How the daemon is seen by whoever runs it: the service manager."""
