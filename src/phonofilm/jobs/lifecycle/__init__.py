"""How a job ends, is taken over, helped along or taken away, and which workers are alive."""
