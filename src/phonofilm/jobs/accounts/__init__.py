"""Who asks: keys, browser sessions, quotas."""
