"""From an engine's pictures to what is delivered: label, streaming, stills, subtitles."""
