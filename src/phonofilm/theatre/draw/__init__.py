"""A play as pictures, and its truth in pixels: masks, depth and flow."""
