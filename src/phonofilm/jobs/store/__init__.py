"""Tables, their history and how they are reached; what is remembered of a job."""
