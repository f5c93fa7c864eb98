"""Timed text: every word or phoneme carries the seconds it speaks about. Shape letters: see ``rope.py``.

The encoder is small and trained with the model. It reads the words themselves: no parser's labels go in. A word it
never saw becomes ``<unknown>``, and :meth:`Vocabulary.unknown` names it, so that a result can say so.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from phonofilm.model.layers import Attention, SwiGLU
from phonofilm.model.rope import temporal

FOREVER = 1000.0
"""Half-length in seconds of a window that spans the whole clip and everything beside it."""
SPECIALS = ("<pad>", "<null>", "<unknown>")


@dataclass(frozen=True, kw_only=True)
class TimedToken:
    """One word (or ``/p/`` phoneme) and the window of seconds it speaks about."""

    text: str
    start: float = -FOREVER
    end: float = FOREVER


def normalise(word: str) -> str:
    """Lower case, compatibility forms folded: what the vocabulary stores."""
    return unicodedata.normalize("NFKC", word).lower()


class Vocabulary:
    """Words and phonemes <-> ids. The list is part of the weight file's config."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = list(words)
        self.ids = {word: i + len(SPECIALS) for i, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words) + len(SPECIALS)

    @classmethod
    def collect(cls, texts: Iterable[Sequence[TimedToken]], least: int = 2) -> Vocabulary:
        """All words met at least ``least`` times, most frequent first."""
        count: dict[str, int] = {}
        for tokens in texts:
            for token in tokens:
                word = normalise(token.text)
                count[word] = count.get(word, 0) + 1
        return cls([word for word, n in sorted(count.items(), key=lambda item: (-item[1], item[0])) if n >= least])

    def unknown(self, tokens: Sequence[TimedToken]) -> list[str]:
        """Words of ``tokens`` this vocabulary does not hold, in order, once each."""
        return list(dict.fromkeys(token.text for token in tokens if normalise(token.text) not in self.ids))

    def encode(self, prompts: Sequence[Sequence[TimedToken]], length: int) -> TextBatch:
        """Ids and windows of a batch, padded (or cut) to the longest prompt, at most ``length``. An empty prompt is the
        null prompt."""
        longest = max(1, min(length, max(len(p) for p in prompts)))
        id_BL = torch.zeros(len(prompts), longest, dtype=torch.long)
        window_BL2 = torch.tensor([-FOREVER, FOREVER]).repeat(len(prompts), longest, 1)
        for b, prompt in enumerate(prompts):
            if not prompt:
                id_BL[b, 0] = 1
            for i, token in enumerate(prompt[:longest]):
                id_BL[b, i] = self.ids.get(normalise(token.text), 2)
                window_BL2[b, i] = torch.tensor([token.start, token.end])
        return TextBatch(id_BL, window_BL2)


@dataclass(frozen=True)
class TextBatch:
    """Token ids ``[B, L]`` (0 pads, 1 is the null prompt) and their windows in seconds ``[B, L, 2]``."""

    id_BL: Tensor
    window_BL2: Tensor

    def to(self, device: torch.device | str) -> TextBatch:
        """The same on another device."""
        return TextBatch(self.id_BL.to(device), self.window_BL2.to(device))

    def dropped(self, drop_B: Tensor) -> TextBatch:
        """The same with the prompts marked in ``drop_B`` (bool) replaced by the null prompt."""
        null = torch.zeros_like(self.id_BL)
        null[:, 0] = 1
        window = self.window_BL2.clone()
        window[drop_B] = torch.tensor([-FOREVER, FOREVER], device=window.device)
        return TextBatch(torch.where(drop_B[:, None], null, self.id_BL), window)


class TextEncoder(nn.Module):
    """A few bidirectional layers over the words in reading order; gives context to both branches."""

    def __init__(self, vocabulary: int, width: int, layers: int, heads: int) -> None:
        super().__init__()
        self.table = nn.Embedding(vocabulary, width, padding_idx=0)
        nn.init.normal_(self.table.weight, std=0.5)
        self.blocks = nn.ModuleList(nn.ModuleList([Attention(width, heads), SwiGLU(width)]) for _ in range(layers))
        self.norm = nn.RMSNorm(width, elementwise_affine=False, eps=1e-6)
        self.heads = heads

    def forward(self, text: TextBatch) -> Tensor:
        """``[B, L] -> [B, L, D]``."""
        x_BLD = self.table(text.id_BL)
        batch, length, width = x_BLD.shape
        order = torch.arange(length, device=x_BLD.device, dtype=torch.float32).expand(batch, length)
        rope = temporal(order, width // self.heads)
        keep = (text.id_BL != 0)[:, None, None, :]
        for attention, feed in self.blocks:  # type: ignore[misc]
            x_BLD = x_BLD + attention(self.norm(x_BLD), rope_q=rope, rope_k=rope, mask=keep)
            x_BLD = x_BLD + feed(self.norm(x_BLD))
        return self.norm(x_BLD)


def window_mask(text: TextBatch, seconds_BT: Tensor, slack: float = 0.05) -> Tensor:
    """``[B, 1, T, L]`` True where the token at ``seconds`` may read the word: inside its window (widened by ``slack``
    s), not padding. A token that no word speaks about reads the first one, so that no row is empty."""
    start, end = text.window_BL2[..., 0], text.window_BL2[..., 1]
    inside = (seconds_BT[:, :, None] >= start[:, None] - slack) & (seconds_BT[:, :, None] <= end[:, None] + slack)
    inside = inside & (text.id_BL != 0)[:, None, :]
    lonely = ~inside.any(-1)
    inside[..., 0] = inside[..., 0] | lonely
    return inside[:, None]
