"""Engines that behave badly in their process, for the tests of isolation."""

from __future__ import annotations

import os
import sys
import time

from phonofilm.engines.fake import FakeEngine
from phonofilm.errors import PromptError


class OddEngine(FakeEngine):
    """``odd`` says how."""

    def __init__(self, name: str = "odd", odd: str = "") -> None:
        super().__init__(name)
        self.odd = odd

    def generate(self, request, *, script=None, progress=None, cancel=None):
        if self.odd == "deaf":
            time.sleep(600)
        if self.odd == "exits":
            os._exit(3)
        if self.odd == "eats":
            hoard = []
            while True:
                hoard.append(bytearray(50_000_000))
        if self.odd == "prints":
            print('{"done": 1, "result": {}}')
            os.write(1, b"noise\n" * 1000)
            sys.stdout.flush()
        if self.odd == "prompt":
            raise PromptError("this shot ends too late", 7)
        if self.odd == "value":
            raise ValueError("a bug")
        result = super().generate(request, progress=progress, cancel=cancel)
        result.details["environment"] = sorted(os.environ)
        result.details["pid"] = os.getpid()
        return result
