"""The vocabulary both halves of the house share."""
