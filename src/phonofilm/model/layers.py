"""The few layers every network here is made of. Shape letters: see ``rope.py``."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from phonofilm.model.rope import rotate

Rope = tuple[Tensor, Tensor]


class Attention(nn.Module):
    """Multi-head attention with RMS-normed queries and keys (2302.05442) between a stream and a context.

    ``out_zero`` starts the output projection at zero, so that a new connection does nothing until it has learned to.
    """

    def __init__(
        self, width: int, heads: int, *, context: int | None = None, inner: int | None = None, out_zero: bool = False
    ) -> None:
        super().__init__()
        inner = inner or width
        self.heads = heads
        self.q = nn.Linear(width, inner, bias=False)
        self.kv = nn.Linear(context or width, 2 * inner, bias=False)
        self.out = nn.Linear(inner, width, bias=False)
        self.norm = nn.RMSNorm(inner // heads, elementwise_affine=False, eps=1e-6)
        self.sharpness = nn.Parameter(torch.ones(inner // heads))
        if out_zero:
            nn.init.zeros_(self.out.weight)

    def split(self, x_BTD: Tensor) -> Tensor:
        """``[B, T, N*H] -> [B, N, T, H]``."""
        return x_BTD.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def project(
        self, x_BTD: Tensor, context_BLD: Tensor, rope_q: Rope | None, rope_k: Rope | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values ``[B, N, T or L, H]``, normed and rotated."""
        q = self.norm(self.split(self.q(x_BTD))) * self.sharpness.to(x_BTD.dtype)
        k, v = (self.split(part) for part in self.kv(context_BLD).chunk(2, dim=-1))
        k = self.norm(k)
        if rope_q is not None and rope_k is not None:
            q, k = rotate(q, rope_q), rotate(k, rope_k)
        return q.to(v.dtype), k.to(v.dtype), v

    def merge(self, x_BNTH: Tensor) -> Tensor:
        """``[B, N, T, H] -> [B, T, D]`` through the output projection."""
        return self.out(x_BNTH.transpose(1, 2).flatten(2))

    def forward(
        self,
        x_BTD: Tensor,
        context_BLD: Tensor | None = None,
        *,
        rope_q: Rope | None = None,
        rope_k: Rope | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """``mask`` is True (or 0) where attention is allowed, broadcastable to ``[B, N, T, L]``; self-attention without
        a context."""
        q, k, v = self.project(x_BTD, x_BTD if context_BLD is None else context_BLD, rope_q, rope_k)
        return self.merge(attend(q, k, v, mask))


def attend(q_BNTH: Tensor, k_BNLH: Tensor, v_BNLH: Tensor, mask: Tensor | None = None) -> Tensor:
    """Attention; ``mask`` is a bool, True where it is allowed. On the CPU the gradient of the fused kernel costs
    bfloat16 twice to five times what the two products cost written out (torch 2.13, 120 to 170 tokens), so that
    training writes them out."""
    written_out = torch.is_grad_enabled() and q_BNTH.device.type == "cpu" and q_BNTH.dtype == torch.bfloat16
    if not written_out:
        return F.scaled_dot_product_attention(q_BNTH, k_BNLH, v_BNLH, attn_mask=mask)
    score = (q_BNTH * q_BNTH.shape[-1] ** -0.5) @ k_BNLH.transpose(-1, -2)
    if mask is not None:
        score = score.masked_fill(~mask, float("-inf"))
    return score.softmax(-1).to(v_BNLH.dtype) @ v_BNLH


class SwiGLU(nn.Module):
    """Gated feed-forward layer (2002.05202); the hidden width keeps the parameters of a 4x layer."""

    def __init__(self, width: int, hidden: int | None = None) -> None:
        super().__init__()
        hidden = hidden or (8 * width // 3 + 31) // 32 * 32
        self.up = nn.Linear(width, 2 * hidden, bias=False)
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """``[..., D] -> [..., D]``."""
        gate, value = self.up(x).chunk(2, dim=-1)
        return self.down(F.silu(gate) * value)


def sinusoid(level: Tensor, width: int) -> Tensor:
    """Sinusoidal features ``[..., width]`` of noise levels in [0, 1] (scaled by 1000, as is usual)."""
    half = width // 2
    frequency = torch.exp(-math.log(10_000) * torch.arange(half, device=level.device, dtype=torch.float32) / half)
    angle = level.float()[..., None] * 1000 * frequency
    return torch.cat([angle.cos(), angle.sin()], dim=-1)


class NoiseEmbedding(nn.Module):
    """A noise level -> the modulation all blocks share (adaLN-single, PixArt 2310.00426); each block adds its own
    bias."""

    def __init__(self, width: int, rows: int) -> None:
        super().__init__()
        self.width, self.rows = width, rows
        self.embed = nn.Sequential(nn.Linear(256, width), nn.SiLU())
        self.table = nn.Linear(width, rows * width)
        nn.init.zeros_(self.table.weight)
        nn.init.zeros_(self.table.bias)

    def forward(self, level_BS: Tensor) -> Tensor:
        """``[B, S] -> [B, S, rows, D]``."""
        hidden = self.embed(sinusoid(level_BS, 256).to(self.table.weight.dtype))
        return self.table(hidden).unflatten(-1, (self.rows, self.width))


def modulate(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """Scale and shift a normed stream."""
    return x * (1 + scale) + shift
