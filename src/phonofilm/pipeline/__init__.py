"""Inference: how networks, flow and prompt make a clip."""
