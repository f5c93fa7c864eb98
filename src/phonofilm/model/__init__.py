"""Networks and their weight files; no schedules, no loops, no files of clips."""
