"""From plans to a play: who stands where, what happens between whom, what the camera holds."""
