"""Foreign and native wire formats, each only a translation to and from `jobs.service`."""
