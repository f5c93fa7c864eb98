"""What the house says of itself: audit log, metrics, logs, traces, forecasts, its own troubles."""
