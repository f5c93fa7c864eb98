"""An engine in a process of its own: the service's half, the child's half, and what goes between them."""
