"""The prompt staged in the paper theatre: the engine, what references mean to it, and the marked preview."""
