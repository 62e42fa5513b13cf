"""The terminal UI of metricgov."""
