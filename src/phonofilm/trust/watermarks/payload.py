"""The 64 bits a watermark carries, how they are protected against errors, and the keyed random signs they are spread
with.

Layout, highest bit first: version 4, key number 4, job reference 40, CRC-16/CCITT of the 48 bits before it. The 64 bits
and eight zeros go through a convolutional code of rate 1/3 and memory 8 (generators 557, 663, 711 octal, free distance
18), which gives 216 coded bits; the reader decodes soft values with the Viterbi algorithm. All random signs come from
SHAKE-256 of the key, so they never change with a library's version.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from phonofilm.errors import RequestError

VERSION = 1
BITS = 64
"""Bits of the message."""
MEMORY = 8
GENERATORS = (0o557, 0o663, 0o711)
CODED = (BITS + MEMORY) * len(GENERATORS)
"""Coded bits: 216."""
MAX_REFERENCE = (1 << 40) - 1

Floats = NDArray[np.float64]
Signs = NDArray[np.int8]


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """What the decoder read."""

    reference: int
    """0 .. 2**40 - 1."""
    fit: float
    """Correlation of the soft values with the code word found, -1..1; 0.5-0.65 is what noise reaches."""


def reference_of(name: str) -> int:
    """A 40-bit reference for a job's name: the first bits of its SHA-256. A register maps it back to the job."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:5], "big")


def key_number(key: bytes) -> int:
    """The four bits by which a message says which key wrote it."""
    return stream(key, "key number", 1)[0] & 15


def check_key(key: bytes) -> bytes:
    """The key, if it is one: at least 16 bytes. Raises RequestError."""
    if not isinstance(key, bytes | bytearray) or len(key) < 16:
        raise RequestError("a watermark key needs at least 16 bytes; make one with secrets.token_bytes(32)")
    return bytes(key)


def stream(key: bytes, purpose: str, count: int) -> bytes:
    """``count`` bytes that only the key's holder can make; another ``purpose`` gives other bytes."""
    return hashlib.shake_256(len(key).to_bytes(4, "big") + key + purpose.encode()).digest(count)


def signs(key: bytes, purpose: str, count: int) -> Signs:
    """``count`` keyed signs, -1 or 1."""
    bits = np.unpackbits(np.frombuffer(stream(key, purpose, -(-count // 8)), np.uint8))[:count]
    return (bits.astype(np.int8) * 2 - 1).astype(np.int8)


def shuffle(key: bytes, purpose: str, count: int) -> NDArray[np.int64]:
    """A keyed order of 0 .. count - 1."""
    return np.argsort(np.frombuffer(stream(key, purpose, 8 * count), ">u8"), kind="stable")


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF."""
    value = 0xFFFF
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1) ^ 0x1021 if value & 0x8000 else value << 1
    return value & 0xFFFF


def pack(key: bytes, reference: int) -> NDArray[np.uint8]:
    """The message as 64 bits. Raises RequestError for a reference outside 40 bits."""
    if isinstance(reference, bool) or not isinstance(reference, int) or not 0 <= reference <= MAX_REFERENCE:
        raise RequestError(f"a watermark reference is a whole number from 0 to {MAX_REFERENCE}, not {reference!r}")
    body = ((VERSION << 44) | (key_number(key) << 40) | reference).to_bytes(6, "big")
    return np.unpackbits(np.frombuffer(body + crc16(body).to_bytes(2, "big"), np.uint8))


def unpack(key: bytes, bits: NDArray[np.uint8]) -> int | None:
    """The reference, or None where the version, the key's number or the CRC does not fit: 1 in 2**24 of random messages
    passes."""
    data = np.packbits(bits.astype(np.uint8)).tobytes()
    if crc16(data[:6]) != int.from_bytes(data[6:], "big") or data[0] != (VERSION << 4) | key_number(key):
        return None
    return int.from_bytes(data[1:6], "big")


@cache
def _trellis() -> tuple[NDArray[np.int64], Floats]:
    """For every state (the last eight bits, newest lowest): its two predecessors, and the coded signs on the way from
    each."""
    states = np.arange(1 << MEMORY)
    before = np.stack([states >> 1, (states >> 1) | (1 << (MEMORY - 1))])
    register = (before << 1) | (states & 1)
    out = np.stack(
        [np.array([[bin(int(r) & g).count("1") & 1 for r in row] for row in register]) for g in GENERATORS], axis=-1
    )
    return before, out * 2.0 - 1.0


def encode(bits: NDArray[np.uint8]) -> Signs:
    """Coded signs (-1, 1) of a 64-bit message, [216]."""
    register, coded = 0, []
    for bit in [*bits.tolist(), *([0] * MEMORY)]:
        register = ((register << 1) | int(bit)) & ((1 << (MEMORY + 1)) - 1)
        coded += [2 * (bin(register & g).count("1") & 1) - 1 for g in GENERATORS]
    return np.array(coded, np.int8)


def decode(soft: Floats) -> NDArray[np.uint8]:
    """Most likely messages [n, 64] for soft values [n, 216], positive for 1; a value's size is how sure it is."""
    before, branch = _trellis()
    soft = np.asarray(soft, np.float64).reshape(len(soft), BITS + MEMORY, len(GENERATORS))
    metric = np.full((len(soft), 1 << MEMORY), -1e30)
    metric[:, 0] = 0.0
    came = np.zeros((BITS + MEMORY, len(soft), 1 << MEMORY), bool)
    for step in range(BITS + MEMORY):
        gain = np.einsum("nc,psc->pns", soft[:, step], branch)
        low, high = metric[:, before[0]] + gain[0], metric[:, before[1]] + gain[1]
        came[step] = high > low
        metric = np.where(came[step], high, low)
    state = np.zeros(len(soft), np.int64)
    bits = np.zeros((len(soft), BITS + MEMORY), np.uint8)
    rows = np.arange(len(soft))
    for step in range(BITS + MEMORY - 1, -1, -1):
        bits[:, step] = state & 1
        state = np.where(came[step, rows, state], before[1, state], before[0, state])
    return bits[:, :BITS]


def fits(soft: Floats) -> Floats:
    """How well soft values [n, 216] agree with the code word each decodes to, -1..1."""
    words = np.stack([encode(bits) for bits in decode(soft)])
    return np.asarray(np.sum(soft * words, axis=1) / (np.linalg.norm(soft, axis=1) * CODED**0.5 + 1e-30), np.float64)


def read(key: bytes, soft: Floats, least_fit: float) -> Decoded | None:
    """The best message among candidates [n, 216] whose fit reaches ``least_fit`` and whose checks all hold; None
    without one."""
    best: Decoded | None = None
    for row, bits in zip(soft, decode(soft), strict=True):
        length = float(np.linalg.norm(row))
        if length == 0.0:
            continue
        fit = float(row @ encode(bits)) / (length * CODED**0.5)
        if fit < least_fit or (best and fit <= best.fit):
            continue
        reference = unpack(key, bits)
        if reference is not None:
            best = Decoded(reference=reference, fit=fit)
    return best
