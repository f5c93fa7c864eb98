"""The prompt staged in the paper theatre: the engine, and what references mean to it."""
