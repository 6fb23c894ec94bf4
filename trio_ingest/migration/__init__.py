"""The way from Home Assistant's own `influxdb` integration to this daemon."""
