"""Which number format a machine computes fast in. bfloat16 halves the memory, but a processor without instructions for
it is 50 to 250 times slower in it than in float32 (measured on one with AVX2 alone: 1 GFLOP/s against 64)."""

from __future__ import annotations

from functools import cache

import torch

NATIVE = ("avx512_bf16", "amx_bf16", "arm_bf16", "bf16")
"""What processors call it."""


@cache
def fast_bf16(device: str = "cpu") -> bool:
    """Does ``device`` (a torch device type) multiply bfloat16 in hardware? Accelerators count as doing so."""
    if torch.device(device).type != "cpu":
        return True
    asked = getattr(torch.cpu, "get_capabilities", None)  # torch 2.12 on
    if asked is not None:
        can = asked()
        return any(bool(can.get(name)) for name in NATIVE)
    return any(
        bool(getattr(torch.cpu, name, bool)()) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    )


def fast_dtype(device: str = "cpu") -> torch.dtype:
    """bfloat16 where the device is fast in it, else float32."""
    return torch.bfloat16 if fast_bf16(device) else torch.float32
