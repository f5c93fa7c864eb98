"""Measurement of any engine or folder of clips: what can be seen and heard, never what a generator says of itself."""
