"""A new engine version enters by canary and leaves by rollback: who gets it, when more get it, and when nobody does any
more."""
