"""The number format follows the machine, and nothing runs in one that the machine is slow in."""

import torch

from phonofilm.model import precision
from phonofilm.model.codec import load_video_codec


def test_an_accelerator_counts_as_fast_and_an_old_processor_does_not(monkeypatch):
    assert precision.fast_bf16("cuda")
    for found, fast in (
        ({"avx2": True, "avx512_bf16": False}, False),
        ({"avx512_bf16": True}, True),
        ({"arm_bf16": True}, True),
    ):
        precision.fast_bf16.cache_clear()
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda found=found: found, raising=False)
        assert precision.fast_bf16() is fast and precision.fast_dtype() is (torch.bfloat16 if fast else torch.float32)
    precision.fast_bf16.cache_clear()


def test_the_codec_is_loaded_in_it_unless_told_otherwise():
    assert next(load_video_codec().parameters()).dtype == precision.fast_dtype()
    assert next(load_video_codec(dtype=torch.float32).parameters()).dtype == torch.float32
