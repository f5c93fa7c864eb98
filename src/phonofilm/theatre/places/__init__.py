"""Where a shot plays: every place with its light, lamps and weather, as paper on layers."""
