"""Engines on somebody else's machine."""
