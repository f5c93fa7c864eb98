"""One job walked: the workflow and its steps, the queue, the worker, and what it cleans up."""
