"""Files <-> arrays: clips, pictures of clips, scaling."""
