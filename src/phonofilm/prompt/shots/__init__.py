"""Where a prompt divides into shots: every way that people mark one, tables and screenplays too."""
