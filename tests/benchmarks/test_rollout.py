"""The thousand simulated rollouts, in small."""

import numpy as np
from benchmarks.rollout import Version, run


def test_simulated_rollouts_small():
    """As ``benchmarks.rollout`` with a thousand of each."""
    faulty = [run(seed, Version(errors=0.03), per_second=160.0) for seed in range(25)]
    assert (
        all(one.state == "rolled_back" and one.seconds <= 300 for one in faulty)
        and np.percentile([one.served for one in faulty], 95) < 2_000
    )
    good = [run(seed, Version(), per_second=0.5, tick=300.0) for seed in range(4)]
    assert all(one.state == "done" and one.changes == 0 for one in good)
