"""Speed against diffusers' joint audio-video classes, and the theatre's own speed: ``python -m benchmarks``."""
