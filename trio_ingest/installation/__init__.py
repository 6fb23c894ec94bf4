"""How the daemon becomes a service of the machine that it is installed on."""
