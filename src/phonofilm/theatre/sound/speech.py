"""Voices: text in eight languages -> sound and timed phonemes, each with the mouth shape that belongs to it.

espeak-ng speaks where the ``espeakng-loader`` package is installed, in a process of its own (``speech_worker.py``);
elsewhere a plain formant voice of ours does (``formant.py``), with rougher phonemes but the same interface. Text is
trimmed to where it sounds: the first phoneme begins at 0 and the last ends with the sound. Results are kept per (text,
language, voice). Not covered: kanji outside ``kana.READINGS`` are not spoken in Japanese (``kana.unread`` names them).
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import json
import math
import os
import struct
import subprocess
import sys
import threading
import unicodedata
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from phonofilm.errors import EngineError, RequestError
from phonofilm.spec.clock import THEATRE_RATE
from phonofilm.theatre.play import Phoneme
from phonofilm.theatre.sound import formant
from phonofilm.theatre.sound.kana import to_kana

Floats = NDArray[np.float32]
VOICES = {"en": "en-us", "zh": "cmn", "yue": "yue", "ja": "ja", "ko": "ko", "es": "es", "fr": "fr", "de": "de"}
"""Language of a prompt -> voice of espeak-ng."""
PATIENCE = 20.0
"""Seconds after which a silent worker is taken for dead."""
_WORDS_PER_MINUTE = 150.0
_SHORT_GAP = 0.06
"""A nameless gap up to this long (s) is the closure of the sound beside it, a longer one a pause."""

_VISEMES = {
    "closed": "m b p ɱ ʙ",
    "FV": "f v ɸ β ʋ",
    "TH": "θ ð l ɫ ɭ ʎ ɬ",
    "rest": "_ s z t d n ts dz tʃ dʒ tɕ dʑ ɕ ʑ ʃ ʒ ʂ ʐ ʈʂ ɖʐ ɲ k ɡ ŋ ɣ x χ ç h ɦ ʔ ɾ r ɹ ʁ ɻ ʀ ɽ c ɟ ʝ",
    "E": "e ɛ i ɪ j ɨ ᵻ ɛ̃ ə ɘ ɜ ɚ ɝ",
    "A": "a æ ɑ ɐ ʌ ɑ̃ ã ɤ",
    "O": "o ɔ ɒ ɔ̃ õ ɵ ø œ œ̃ ɞ",
    "U": "u ʊ w y ʉ ɯ ɥ ʏ",
}
VISEME_OF = {symbol: viseme for viseme, symbols in _VISEMES.items() for symbol in symbols.split()}
"""Cleaned phoneme -> one of ``play.VISEMES``; tells vowels (E A O U, but w j ɥ) from consonants too."""
_VOWELS = {s for s, v in VISEME_OF.items() if v in ("E", "A", "O", "U")} - {"j", "w", "ɥ"}
_AFFRICATES = ("tʃ", "dʒ", "tɕ", "dʑ", "ts", "dz", "ʈʂ", "ɖʐ")
_STOPS = {*_AFFRICATES, "p", "t", "k", "b", "d", "ɡ", "c", "ɟ", "ʔ"}
_FOLD = {
    "g": "ɡ",
    "q": "k",
    "ʲ": "j",
    "ᵊ": "ə",
    "ɩ": "ɪ",
    "ɷ": "ʊ",
    "ʧ": "tʃ",
    "ʤ": "dʒ",
    "ɫ": "l",
    "ᵻ": "ɪ",
    "ɝ": "ɚ",
    "ɴ": "ŋ",
}


def clean(name: str) -> tuple[str, ...]:
    """The plain symbols of one espeak-ng phoneme name: no stress, length, tone or secondary marks; diphthongs and
    syllabic pairs in their parts ("ˈaɪ" -> a, ɪ), affricates whole, aspiration as ʰ, nasal vowels with their tilde. May
    be empty."""
    if name.startswith("("):
        return ()
    out: list[str] = []
    text = unicodedata.normalize("NFD", name).replace("anɡ", "aŋ")
    i = 0
    while i < len(text):
        pair, one = text[i : i + 2], text[i]
        if pair in _AFFRICATES:
            out.append(pair)
            i += 2
            continue
        one = _FOLD.get(one, one)
        if one == "\u0303" and out and out[-1] in _VOWELS:
            out[-1] += one
        elif one in "hʰ" and i > 0 and out and out[-1] in ("p", "t", "k", "ts", "tɕ", "ʈʂ", "tʃ"):
            out[-1] += "ʰ"
        elif one in VISEME_OF:
            out.append(one)
        i += 1
    return tuple(out)


def viseme_of(symbol: str) -> str:
    """Mouth shape of a cleaned symbol; "rest" for the unknown."""
    return VISEME_OF.get(symbol) or VISEME_OF.get(symbol.rstrip("ʰ\u0303"), "rest")


class _Worker:
    """The espeak-ng process and the pipes to it; one per process of ours, started on first use, restarted when it has
    died."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None

    def _start(self) -> subprocess.Popen[bytes]:
        if self.process is None or self.process.poll() is not None:
            self.close()
            found = espeak_files()
            if found is None:
                raise EngineError("espeak-ng is not installed: pip install espeakng-loader")
            script = str(Path(__file__).with_name("speech_worker.py"))
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", script, *found],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,  # nothing of ours waits in a buffer, so a forked child can close its copies harmlessly
            )
        return self.process

    @staticmethod
    def _message(process: subprocess.Popen[bytes]) -> bytes:
        assert process.stdout is not None

        def exactly(count: int) -> bytes:
            data = b""
            while len(data) < count:
                piece = process.stdout.read(count - len(data))  # type: ignore[union-attr]
                if not piece:
                    raise EOFError
                data += piece
            return data

        return exactly(struct.unpack("<I", exactly(4))[0])

    def ask(self, request: dict[str, object]) -> tuple[dict[str, object], bytes]:
        """Send one request; a dead or stuck worker is replaced once."""
        data = json.dumps(request).encode()
        with self.lock:
            for _ in range(2):
                process = self._start()
                assert process.stdin is not None
                watchdog = threading.Timer(PATIENCE, process.kill)
                watchdog.daemon = True
                watchdog.start()
                try:
                    message = memoryview(struct.pack("<I", len(data)) + data)
                    while message:
                        message = message[process.stdin.write(message) :]
                    return json.loads(self._message(process)), self._message(process)
                except (EOFError, OSError):
                    self.close()
                except BaseException:  # interrupted between question and answer: the next one must not read this answer
                    self.close()
                    raise
                finally:
                    watchdog.cancel()
        raise EngineError("the espeak-ng process died twice on one line of text: shorten it or use another wording")

    def close(self) -> None:
        """End the process, if there is one."""
        process, self.process = self.process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def forget(self) -> None:
        """In a forked child: let go of the parent's worker without touching it, and start afresh when needed."""
        process, self.process, self.lock = self.process, None, threading.Lock()
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            process.returncode = 0  # not our child: nothing to wait for


_worker = _Worker()
atexit.register(_worker.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_worker.forget)


def espeak_files() -> tuple[str, str] | None:
    """(library, data folder) of the ``espeakng-loader`` package without importing it, or None where it is absent."""
    spec = importlib.util.find_spec("espeakng_loader")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    name = {"win32": "espeak-ng.dll", "darwin": "libespeak-ng.dylib"}.get(sys.platform, "libespeak-ng.so")
    library, data = folder / name, folder / "espeak-ng-data"
    return (str(library), str(data)) if library.exists() and data.exists() else None


@lru_cache(maxsize=1)
def speech_engine() -> str:
    """ "espeak-ng" where it is installed and answers, else "formant". Decided once per process."""
    if espeak_files() is None:
        return "formant"
    try:
        answer, pcm = _worker.ask({"text": "a", "voice": "en-us", "pitch": 50, "rate": 150})
    except EngineError:
        return "formant"
    return "espeak-ng" if pcm and "error" not in answer else "formant"


def _timed(raw: list[tuple[float, str]], end: float) -> list[tuple[float, float, str]]:
    """Named events and their starts -> (start, end, symbol) without gaps; short nameless gaps join a neighbour."""
    spans: list[tuple[float, float, str]] = []
    carried: float | None = None
    for k, (start, name) in enumerate(raw):
        stop = raw[k + 1][0] if k + 1 < len(raw) else end
        symbols = clean(name)
        if stop - start < 1e-6 and not symbols:
            continue
        if carried is not None:
            start, carried = carried, None
        if not symbols:
            if spans and spans[-1][2] == "_":
                spans[-1] = (spans[-1][0], stop, "_")
            elif stop - start > _SHORT_GAP:
                spans.append((start, stop, "_"))
            else:
                carried = start
            continue
        # The first part of a diphthong is the longer one.
        weights = np.array(
            [1.4 if s in _VOWELS and j == 0 and len(symbols) > 1 else 1.0 for j, s in enumerate(symbols)]
        )
        edges = start + (stop - start) * np.concatenate([[0.0], np.cumsum(weights) / weights.sum()])
        spans += [(float(edges[j]), float(edges[j + 1]), s) for j, s in enumerate(symbols)]
    return [(a, b, s) for a, b, s in spans if b > a]


def _closures(wave: Floats, spans: list[tuple[float, float, str]]) -> list[tuple[float, float, str]]:
    """Give the silence before a stop's burst to the stop: espeak-ng counts it to the sound before, but the lips are
    shut already."""
    step = THEATRE_RATE // 400
    quiet = np.abs(wave[: wave.size // step * step]).reshape(-1, step).max(1, initial=0.0) < 0.01
    out = list(spans)
    for k in range(1, len(out)):
        (a, b, before), (c, d, symbol) = out[k - 1], out[k]
        if symbol.rstrip("ʰ") not in _STOPS or before == "_":
            continue
        # The burst may begin a moment before its event.
        frame = min(round(c * 400), quiet.size) - 1
        frame = next((f for f in range(frame, frame - 4, -1) if f >= 0 and quiet[f]), frame)
        first = frame
        while first >= 0 and quiet[first] and first / 400 > a + 0.4 * (b - a):
            first -= 1
        if frame - first >= 2:
            c = (first + 1) / 400
            out[k - 1], out[k] = (a, c, before), (c, d, symbol)
    return out


def _espeak(text: str, language: str, voice: float) -> tuple[Floats, list[tuple[float, float, str]]]:
    # Played faster by ``shift``, pitch and formants rise together; the rest of the pitch is asked of espeak-ng itself.
    # Its voices speak at about 118 Hz at pitch 50 and double every 50 steps; a voice of 1 shall have 150 Hz.
    shift = (voice / 0.85) ** 0.3
    pitch = 50 + 50 * math.log2(voice * 150 / 118 / shift)
    request = {
        "text": text,
        "voice": VOICES[language],
        "pitch": round(min(99, max(0, pitch))),
        "rate": round(_WORDS_PER_MINUTE / shift),
    }
    answer, pcm = _worker.ask(dict(request))
    if "error" in answer:
        raise EngineError(f"espeak-ng cannot speak this line: {answer['error']}")
    rate = int(answer["rate"])  # type: ignore[call-overload]
    ratio = Fraction(THEATRE_RATE / (rate * shift)).limit_denominator(200)
    stretch = float(ratio) * rate / THEATRE_RATE
    wave = np.frombuffer(pcm, np.int16).astype(np.float32) / 32768
    events = [(int(sample) * stretch / rate, str(name)) for sample, name in answer["phonemes"]]  # type: ignore[attr-defined]
    if not wave.size:
        return np.zeros(0, np.float32), []
    wave = resample_poly(wave, ratio.numerator, ratio.denominator).astype(np.float32)
    return wave, _closures(wave, _timed(sorted(events, key=lambda e: e[0]), wave.size / THEATRE_RATE))


@lru_cache(maxsize=256)
def _spoken(text: str, language: str, voice: float) -> tuple[Floats, tuple[Phoneme, ...]]:
    if speech_engine() == "espeak-ng":
        wave, spans = _espeak(text, language, voice)
    else:
        wave, spans = formant.speak(text, language, voice)
    while spans and spans[-1][2] == "_":
        spans.pop()
    while spans and spans[0][2] == "_":
        spans.pop(0)
    if not spans:
        return np.zeros(0, np.float32), ()
    first, last = spans[0][0], spans[-1][1]
    lo, hi = round(first * THEATRE_RATE), min(wave.size, round(last * THEATRE_RATE))
    wave = wave[lo:hi].copy()
    fade = np.linspace(0, 1, min(240, wave.size), dtype=np.float32)
    wave[: fade.size] *= fade
    wave[wave.size - fade.size :] *= fade[::-1]
    loud = np.sqrt(np.mean(wave[np.abs(wave) > 0.02] ** 2)) if np.any(np.abs(wave) > 0.02) else 1.0
    wave *= np.float32(0.12 / loud)
    wave.setflags(write=False)
    phonemes = tuple(Phoneme(start=a - first, end=b - first, symbol=s, viseme=viseme_of(s)) for a, b, s in spans)
    return wave, phonemes


def speak(text: str, language: str = "en", voice: float = 1.0) -> tuple[Floats, tuple[Phoneme, ...]]:
    """Speak one line.

    ``language``: en zh yue ja ko es fr de; ``voice``: pitch factor, 0.7 (low) to 1.6 (child), clipped to 0.5..2.
    Returns mono sound at 48 kHz (read-only, [n], RMS of the sounding part 0.12) and its phonemes in order, from 0,
    without overlap. Text without a sayable character gives an empty pair. Raises RequestError for another language,
    EngineError when espeak-ng fails.
    """
    if language not in VOICES:
        raise RequestError(f"no voice speaks {language!r}: choose one of {' '.join(VOICES)}")
    text = " ".join(text.replace("\0", " ").split())
    text = to_kana(text) if language == "ja" else text
    if not any(character.isalnum() for character in text):
        return np.zeros(0, np.float32), ()
    return _spoken(text, language, round(min(2.0, max(0.5, voice)), 3))


def phonemes(text: str, language: str = "en", voice: float = 1.0) -> tuple[Phoneme, ...]:
    """The timed phonemes of :func:`speak`, times in seconds from 0."""
    return speak(text, language, voice)[1]
