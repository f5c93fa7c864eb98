"""The benchmarks run at toy size, and compare like with like."""

import pytest
import torch

pytest.importorskip("diffusers", reason="the comparisons need the bench extra")

from benchmarks.__main__ import main
from benchmarks.timing import interleave, ratio

from benchmarks import decoder, transformer

CPU = torch.device("cpu")


def test_rounds_interleave_and_begin_with_another_case():
    seen = []
    times = interleave({name: lambda name=name: seen.append(name) for name in "abc"}, 3, CPU, warm=1)
    assert "".join(seen) == "abc" + "abc" + "bca" + "cab"
    assert len(times["b"].wall) == 3


def test_ratio_pairs_rounds():
    r = ratio([2.0, 9.0, 3.0], [1.0, 3.0, 3.0])
    assert (r.median, r.least, r.most) == (2.0, 1.0, 3.0)


@pytest.mark.parametrize("name", ["toy", "nano"])
def test_networks_match_in_parameters(name):
    models, _ = transformer.networks(transformer.SIZES[name])
    ours, *others = (transformer.parameters(m) for m in models.values())
    assert all(abs(other - ours) <= transformer.TOLERANCE * ours for other in others) and len(others) == 2


def test_transformers_step_in_both_dtypes():
    for dtype in (torch.float32, torch.bfloat16):
        out = transformer.run(transformer.SIZES["toy"], dtype, CPU, 1)
        assert set(out.times) == {
            transformer.OURS,
            transformer.OURS_TOLD,
            transformer.LTX2,
            transformer.LTX2_TOKENS,
            transformer.KANDINSKY,
        }


def test_decoders_make_the_same_frames():
    out = decoder.run(decoder.TOY, torch.float32, CPU, 1)
    assert all(t.wall[0] > 0 for t in out.times.values())


def test_one_command_prints_the_ratios(capsys):
    assert main(["transformer", "decoder", "--toy", "--dtypes", "fp32", "--threads", "0"]) == 0
    text = capsys.readouterr().out
    assert "Kandinsky 6" in text and "LTX-2 class" in text and "ratio" in text
