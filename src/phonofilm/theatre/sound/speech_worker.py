"""The espeak-ng process: reads requests on standard input, writes sound and phoneme times on standard output.

Run as a script, never imported by the rest of the package: ``python speech_worker.py LIBRARY DATA_FOLDER``. espeak-ng
keeps its state in globals and comes under the GPL, so it lives alone in this process, which uses the standard library
only. Messages are a four-byte little-endian length and that many bytes. A request is UTF-8 JSON ``{"text", "voice",
"pitch", "rate"}``; the answer is a JSON message ``{"rate": Hz, "phonemes": [[sample, ipa], ...]}`` (or ``{"error":
line}``) followed by a message of 16-bit mono samples. It ends when its standard input does.
"""

from __future__ import annotations

import ctypes
import json
import os
import struct
import sys
from typing import Any, BinaryIO

SYNCHRONOUS, PHONEME_EVENTS, PHONEME_IPA, DONT_EXIT = 2, 0x0001, 0x0002, 0x8000
EVENT_END, EVENT_PHONEME = 0, 7
RATE, PITCH, RANGE = 1, 3, 4
UTF8 = 1


class _Identity(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Identity),
    ]


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class Espeak:
    """The library, its callback and what the last call collected."""

    def __init__(self, library: str, data: str) -> None:
        self.lib = ctypes.CDLL(library)
        options = PHONEME_EVENTS | PHONEME_IPA | DONT_EXIT
        # espeak-ng has room for 160 bytes of this path and falls silent beyond: it is named from where it lies. The
        # process is ours alone.
        folder, name = os.path.split(os.path.abspath(data))
        os.chdir(folder)
        self.rate = self.lib.espeak_Initialize(SYNCHRONOUS, 0, os.fsencode(name), options)
        if self.rate <= 0:
            raise OSError(f"espeak-ng could not read its data in {data}")
        if hasattr(self.lib, "espeak_ng_SetRandSeed"):
            self.lib.espeak_ng_SetRandSeed(1)
        self.pcm = bytearray()
        self.phonemes: list[tuple[int, str]] = []
        self._callback = _CALLBACK(self._collect)
        self.lib.espeak_SetSynthCallback(self._callback)

    def _collect(self, wav: Any, count: int, events: Any) -> int:
        if wav and count > 0:
            self.pcm += ctypes.string_at(wav, count * 2)
        k = 0
        while events and events[k].type != EVENT_END:
            if events[k].type == EVENT_PHONEME:
                # The name fills all eight bytes when it is long: no terminating zero, maybe half a character at the
                # end.
                raw = ctypes.string_at(ctypes.addressof(events[k].id), 8).split(b"\0")[0]
                self.phonemes.append((events[k].sample, raw.decode("utf-8", "ignore")))
            k += 1
        return 0

    def speak(self, text: str, voice: str, pitch: int, rate: int) -> dict[str, Any]:
        """Speak ``text``; the samples are left in ``self.pcm``."""
        self.pcm.clear()
        self.phonemes.clear()
        if self.lib.espeak_SetVoiceByName(voice.encode()) != 0:
            return {"error": f"espeak-ng has no voice {voice}"}
        for parameter, value in ((RATE, rate), (PITCH, pitch), (RANGE, 50)):
            self.lib.espeak_SetParameter(parameter, value, 0)
        raw = text.encode() + b"\0"
        code = self.lib.espeak_Synth(raw, ctypes.c_size_t(len(raw)), 0, 1, 0, UTF8, None, None)
        self.lib.espeak_Synchronize()
        if code != 0:
            return {"error": f"espeak-ng failed with code {code}"}
        return {"rate": self.rate, "phonemes": self.phonemes}


def _read(stream: BinaryIO, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = stream.read(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def _send(stream: BinaryIO, data: bytes) -> None:
    stream.write(struct.pack("<I", len(data)) + data)
    stream.flush()


def _answer(espeak: Espeak, request: dict[str, Any], sink: BinaryIO) -> None:
    answer = espeak.speak(request["text"], request["voice"], request["pitch"], request["rate"])
    _send(sink, json.dumps(answer).encode())
    _send(sink, b"" if "error" in answer else bytes(espeak.pcm))


def main(library: str, data: str) -> None:
    """Answer requests until the other side closes the pipe."""
    source = sys.stdin.buffer
    # The library may print; nothing but answers may reach the real standard output.
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    espeak = Espeak(library, data)
    while True:
        try:
            request = json.loads(_read(source, struct.unpack("<I", _read(source, 4))[0]))
        except EOFError:
            return
        if hasattr(os, "fork"):
            # The library carries flutter and noise on from line to line. A child that never spoke before always says a
            # line the same way, sample for sample, and takes nothing with it if it crashes.
            child = os.fork()
            if child == 0:
                try:
                    _answer(espeak, request, sink)
                finally:
                    os._exit(0)
            if os.waitpid(child, 0)[1] != 0:
                return
        else:
            _answer(espeak, request, sink)


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2])
    except (KeyboardInterrupt, BrokenPipeError):
        sys.exit(0)
