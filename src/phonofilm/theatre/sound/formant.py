"""A plain voice of our own, for where espeak-ng is absent: letters -> rough phonemes -> harmonics and noise under two
or three formants.

Spelling is read by a few rules per language (Hangul by its own arithmetic, kana by table). Chinese characters have no
reading here: each becomes a fixed syllable of its own, so that mouth, timing and rhythm are right though the words are
not.
"""

from __future__ import annotations

import unicodedata

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from phonofilm.spec.clock import THEATRE_RATE
from phonofilm.theatre.sound.kana import kana_phonemes

_RATE = 16_000
_HOP = 80
# Vowels and voiced consonants: first three formants in Hz of an adult voice, loudness, length in seconds.
_VOICED: dict[str, tuple[float, float, float, float, float]] = {
    "a": (750, 1250, 2600, 1.0, 0.11),
    "e": (480, 1950, 2600, 0.9, 0.10),
    "i": (300, 2250, 3000, 0.8, 0.10),
    "o": (480, 850, 2500, 0.9, 0.11),
    "u": (330, 750, 2400, 0.8, 0.10),
    "ə": (520, 1400, 2500, 0.8, 0.07),
    "y": (300, 1800, 2300, 0.8, 0.10),
    "ø": (430, 1550, 2400, 0.85, 0.10),
    "ɯ": (330, 1200, 2400, 0.8, 0.08),
    "ʌ": (620, 1150, 2500, 0.9, 0.09),
    "ɯ̈": (330, 1300, 2400, 0.8, 0.08),
    "m": (260, 1000, 2200, 0.35, 0.08),
    "n": (280, 1500, 2500, 0.35, 0.07),
    "ŋ": (280, 1900, 2600, 0.35, 0.08),
    "l": (360, 1200, 2700, 0.45, 0.07),
    "ɾ": (400, 1500, 2400, 0.4, 0.04),
    "r": (420, 1300, 1800, 0.4, 0.07),
    "ʁ": (450, 1150, 2300, 0.4, 0.07),
    "j": (290, 2200, 3000, 0.5, 0.06),
    "w": (310, 700, 2300, 0.5, 0.07),
    "b": (250, 900, 2300, 0.2, 0.07),
    "d": (260, 1700, 2600, 0.2, 0.07),
    "ɡ": (260, 1900, 2500, 0.2, 0.07),
    "v": (280, 1200, 2400, 0.25, 0.06),
    "z": (280, 1600, 2500, 0.25, 0.07),
    "ʒ": (280, 1700, 2400, 0.25, 0.07),
    "dʒ": (280, 1800, 2500, 0.25, 0.09),
    "ð": (300, 1400, 2500, 0.25, 0.06),
}
# Noise: centre and width in Hz, loudness, length, closure before the burst in seconds.
_NOISE: dict[str, tuple[float, float, float, float, float]] = {
    "s": (5600, 1400, 0.5, 0.10, 0.0),
    "z": (5600, 1400, 0.3, 0.07, 0.0),
    "ʃ": (3000, 1200, 0.5, 0.10, 0.0),
    "ɕ": (3900, 1200, 0.5, 0.09, 0.0),
    "ʒ": (3000, 1200, 0.3, 0.07, 0.0),
    "f": (4000, 3500, 0.2, 0.09, 0.0),
    "v": (4000, 3500, 0.1, 0.06, 0.0),
    "θ": (5000, 3000, 0.15, 0.09, 0.0),
    "ð": (5000, 3000, 0.08, 0.06, 0.0),
    "h": (1500, 1500, 0.2, 0.06, 0.0),
    "x": (1600, 900, 0.3, 0.08, 0.0),
    "p": (900, 900, 0.5, 0.09, 0.06),
    "t": (4300, 1800, 0.5, 0.09, 0.05),
    "k": (2000, 900, 0.5, 0.09, 0.05),
    "tʃ": (3200, 1200, 0.5, 0.11, 0.05),
    "tɕ": (3900, 1200, 0.5, 0.10, 0.05),
    "ts": (5500, 1400, 0.5, 0.10, 0.05),
    "dʒ": (3000, 1200, 0.3, 0.09, 0.04),
    "b": (800, 800, 0.3, 0.07, 0.05),
    "d": (3500, 1500, 0.3, 0.07, 0.05),
    "ɡ": (1800, 900, 0.3, 0.07, 0.05),
}
_PAUSE = 0.22
_DIGRAPHS = {
    "en": {
        "tch": "tʃ",
        "igh": "a i",
        "th": "θ",
        "sh": "ʃ",
        "ch": "tʃ",
        "ng": "ŋ",
        "ph": "f",
        "wh": "w",
        "ck": "k",
        "qu": "k w",
        "oo": "u",
        "ee": "i",
        "ea": "i",
        "ou": "a u",
        "ow": "o u",
        "ai": "e i",
        "ay": "e i",
        "oy": "o i",
        "er": "ə r",
        "ll": "l",
        "ss": "s",
        "tt": "t",
        "ff": "f",
        "rr": "r",
        "nn": "n",
        "pp": "p",
        "x": "k s",
        "j": "dʒ",
        "c": "k",
        "y": "i",
        "q": "k",
        "u": "ʌ",
    },
    "es": {
        "ch": "tʃ",
        "ll": "j",
        "rr": "r",
        "qu": "k",
        "gu": "ɡ",
        "ñ": "n j",
        "j": "x",
        "c": "k",
        "z": "s",
        "v": "b",
        "h": "",
        "y": "j",
        "ce": "s e",
        "ci": "s i",
    },
    "fr": {
        "eau": "o",
        "ou": "u",
        "au": "o",
        "ai": "e",
        "ch": "ʃ",
        "qu": "k",
        "gn": "n j",
        "oi": "w a",
        "on": "o n",
        "an": "a n",
        "en": "a n",
        "eu": "ø",
        "j": "ʒ",
        "u": "y",
        "r": "ʁ",
        "c": "k",
        "h": "",
        "ç": "s",
        "é": "e",
        "è": "e",
        "ê": "e",
        "ll": "l",
        "ss": "s",
        "mm": "m",
        "nn": "n",
    },
    "de": {
        "sch": "ʃ",
        "ch": "x",
        "ei": "a i",
        "ie": "i",
        "eu": "o i",
        "äu": "o i",
        "au": "a u",
        "ä": "e",
        "ö": "ø",
        "ü": "y",
        "ß": "s",
        "z": "ts",
        "w": "v",
        "v": "f",
        "ng": "ŋ",
        "ck": "k",
        "r": "ʁ",
        "qu": "k v",
        "tt": "t",
        "ll": "l",
        "ss": "s",
        "mm": "m",
        "nn": "n",
        "x": "k s",
        "c": "k",
        "y": "y",
    },
}
_HANGUL_ONSETS = ["k", "k", "n", "t", "t", "ɾ", "m", "p", "p", "s", "s", "_", "tɕ", "tɕ", "tɕ", "k", "t", "p", "h"]
_HANGUL_VOWELS = [
    "a",
    "e",
    "j a",
    "j e",
    "ʌ",
    "e",
    "j ʌ",
    "j e",
    "o",
    "w a",
    "w e",
    "w e",
    "j o",
    "u",
    "w ʌ",
    "w e",
    "w i",
    "j u",
    "ɯ",
    "ɯ i",
    "i",
]
_HANGUL_CODAS = [
    "",
    "k",
    "k",
    "k",
    "n",
    "n",
    "n",
    "t",
    "l",
    "k",
    "m",
    "l",
    "l",
    "l",
    "p",
    "l",
    "m",
    "p",
    "p",
    "t",
    "t",
    "ŋ",
    "t",
    "t",
    "k",
    "t",
    "p",
    "t",
]
_HAN_ONSETS = ["m", "n", "l", "b", "p", "t", "d", "ɡ", "k", "h", "s", "ʃ", "tʃ", "ts", "j", "w"]
_HAN_RIMES = ["a", "o", "e", "i", "u", "a i", "a u", "o u", "a n", "i n", "a ŋ", "i ŋ", "u ŋ", "j a", "w o"]


def spell(text: str, language: str) -> list[str]:
    """Rough phonemes of ``text``; "_" for a pause between phrases."""
    out: list[str] = []
    rules = _DIGRAPHS.get(language, _DIGRAPHS["en"])
    text = unicodedata.normalize("NFC", text.lower())
    if language == "ja":
        out = [s for s in kana_phonemes(text)]
        text = ""
    i = 0
    while i < len(text):
        letter, code = text[i], ord(text[i])
        step = 1
        if 0xAC00 <= code <= 0xD7A3:
            onset, rest = divmod(code - 0xAC00, 588)
            vowel, coda = divmod(rest, 28)
            out += [
                s
                for s in (_HANGUL_ONSETS[onset], *_HANGUL_VOWELS[vowel].split(), _HANGUL_CODAS[coda])
                if s and s != "_"
            ]
        elif 0x3400 <= code <= 0x9FFF:
            out += [_HAN_ONSETS[code * 7 % len(_HAN_ONSETS)], *_HAN_RIMES[code * 11 % len(_HAN_RIMES)].split()]
        elif letter.isalpha():
            for step in (3, 2, 1):
                if text[i : i + step] in rules:
                    out += rules[text[i : i + step]].split()
                    break
            else:
                base = unicodedata.normalize("NFD", letter)[0]
                base = {"g": "ɡ", "c": "k", "q": "k", "x": "s"}.get(base, base)
                silent_e = (
                    language in ("en", "fr")
                    and base == "e"
                    and (i + 1 == len(text) or not text[i + 1].isalpha())
                    and i > 2
                )
                if (base in _VOICED or base in _NOISE) and not silent_e:
                    out.append(base)
        elif not letter.isspace() and letter not in "'’-":
            out.append("_")
        i += step
    return [s for k, s in enumerate(out) if s != "_" or (k > 0 and out[k - 1] != "_")]


def speak(text: str, language: str, voice: float) -> tuple[NDArray[np.float32], list[tuple[float, float, str]]]:
    """(mono sound at 48 kHz, [(start, end, symbol)]) in seconds from 0."""
    symbols = spell(text, language)
    lengths = [_PAUSE if s == "_" else (_VOICED[s][4] if s in _VOICED else _NOISE[s][3]) for s in symbols]
    if not symbols:
        return np.zeros(0, np.float32), []
    edges = np.concatenate([[0.0], np.cumsum(lengths)])
    hops = int(edges[-1] * _RATE / _HOP) + 2
    time = np.arange(hops) * _HOP / _RATE
    at = np.clip(np.searchsorted(edges, time, side="right") - 1, 0, len(symbols) - 1)
    formants = np.zeros((hops, 3))
    loud = np.zeros(hops)
    noise = np.zeros((hops, 3))
    noise[:, :2] = 1000.0
    previous = (500.0, 1500.0, 2500.0)
    for k, symbol in enumerate(symbols):
        here = at == k
        if symbol in _VOICED:
            previous = _VOICED[symbol][:3]
            loud[here] = _VOICED[symbol][3]
        formants[here] = previous
        if symbol in _NOISE:
            centre, width, level, _, closure = _NOISE[symbol]
            noise[here] = (centre, width, level)
            noise[here & (time < edges[k] + closure), 2] = 0.0
    # Mouths move slowly: formants glide over about 50 ms, loudness over 20 ms.
    formants = np.stack(
        [np.convolve(np.pad(f, 5, mode="edge"), np.hanning(11) / np.hanning(11).sum(), "valid") for f in formants.T], 1
    )
    loud = np.convolve(loud, np.ones(4) / 4, "same")
    count = (hops - 1) * _HOP
    fine = np.arange(count) / _HOP

    def smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.interp(fine, np.arange(hops), values)

    t = np.arange(count) / _RATE
    phrase = 1.12 - 0.25 * t / t[-1]
    pitch = 150 * voice * phrase * (1 + 0.05 * np.sin(2 * np.pi * 1.7 * t) + 0.008 * np.sin(2 * np.pi * 5.3 * t))
    phase = 2 * np.pi * np.cumsum(pitch) / _RATE
    shift = (voice / 0.85) ** 0.3
    wave = np.zeros(count)
    coarse_pitch = pitch[np.minimum(np.arange(hops) * _HOP, count - 1)]
    for harmonic in range(1, int(5500 / (150 * voice)) + 1):
        f = harmonic * coarse_pitch
        gain = sum(
            level / (1 + ((f - shift * formants[:, j]) / width) ** 2)
            for j, (width, level) in enumerate(((70, 1.0), (95, 0.6), (140, 0.25)))
        )
        wave += smooth(np.asarray(gain) * loud) * np.sin(harmonic * phase) / harmonic**0.4
    wave += 1.7 * _hiss(noise, len(symbols) * 7919 + count)[2 * _HOP : 2 * _HOP + count]
    sound = resample_poly(wave, THEATRE_RATE // _RATE, 1).astype(np.float32)
    sound *= np.float32(0.7 / max(1e-6, float(np.abs(sound).max())))
    return sound, [(float(edges[k]), float(edges[k + 1]), s) for k, s in enumerate(symbols)]


def _hiss(noise: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Shaped noise: (centre, width, level) of each hop."""
    hops = len(noise)
    rng = np.random.default_rng(seed)
    spectra = np.fft.rfft(rng.standard_normal((hops, 4 * _HOP)) * np.hanning(4 * _HOP), axis=1)
    bins = np.fft.rfftfreq(4 * _HOP, 1 / _RATE)
    spectra *= noise[:, 2:] * np.exp(-(((bins - noise[:, :1]) / noise[:, 1:2]) ** 2))
    pieces = np.fft.irfft(spectra, axis=1) * np.hanning(4 * _HOP)
    hiss = np.zeros((hops + 4) * _HOP)
    for k in range(4):
        lane = pieces[k::4].reshape(-1)
        hiss[k * _HOP : k * _HOP + lane.size] += lane[: hiss.size - k * _HOP]
    return hiss
