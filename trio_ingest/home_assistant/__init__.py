"""Home Assistant's side: its WebSocket API, from the socket to bursts of state changes."""
