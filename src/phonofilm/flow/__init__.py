"""The mathematics of rectified flow as pure functions on tensors: path, schedule, guidance, samplers, noise."""
