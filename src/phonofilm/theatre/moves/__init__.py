"""Bodies in motion: persons, things and cut-outs, each a function of time in metres, with its contacts."""
