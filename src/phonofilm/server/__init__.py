"""The web service: authentication, dialects, events. Knows requests, never tensors."""
