"""Word to others: webhooks and callbacks, one careful POST."""
