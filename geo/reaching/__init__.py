"""Whether a facility is near enough: one module per mode, and what the modes share."""
