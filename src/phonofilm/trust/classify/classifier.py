"""The port for what looks at pictures, listens or reads: scores per category, asked with a deadline. A checker that is
down is a finding.

Adapters: an operator's ONNX file (``trust.classifier_onnx``), a moderation API (``trust.classifier_api``), and
``Nothing``, which is only ever chosen in so many words (``"none"``) and is recorded on the verdict. A face detector is
one more classifier, scoring ``person``.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from phonofilm.errors import in_words
from phonofilm.trust.policy import CATEGORIES, SEVERITIES

SENSES = ("frames", "sound", "text")
_MOST_STUCK = 4
"""A classifier with so many calls that never came back is not asked again until one does."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """How sure a classifier is of a category."""

    category: str
    value: float
    """0..1."""
    frame: int | None = None
    """Index into the frames it was shown; None: the sound, the text, or the whole."""
    severity: str | None = None
    """low | medium | high, where the classifier itself says how bad its finding is; None: the policy's thresholds
    say."""


class Classifier(Protocol):
    """Looks, listens or reads. ``score`` may raise anything and may hang: both count as "could not be checked"."""

    @property
    def name(self) -> str:
        """What findings call it."""
        ...

    @property
    def looks_at(self) -> frozenset[str]:
        """of ``SENSES``."""
        ...

    @property
    def timeout(self) -> float:
        """Seconds one call may take."""
        ...

    def score(
        self, *, frames: Sequence[NDArray[np.uint8]] = (), sound: NDArray[np.float32] | None = None, text: str = ""
    ) -> Sequence[Score]:
        """frames: uint8 [H, W, 3] each; sound: float32 [2, N] at 48 kHz. Only what it ``looks_at`` is passed."""
        ...


@dataclass(frozen=True, kw_only=True)
class Nothing:
    """No classifier, by explicit setting."""

    name: str = "none"
    looks_at: frozenset[str] = frozenset()
    timeout: float = 1.0

    def score(
        self, *, frames: Sequence[NDArray[np.uint8]] = (), sound: NDArray[np.float32] | None = None, text: str = ""
    ) -> Sequence[Score]:
        """No scores."""
        return ()


Classifiers = Sequence[Classifier] | Literal["none"]
"""What the gate takes. An empty sequence is not "none": with nothing to look at the pictures they go to review."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one classifier said, or why it did not."""

    name: str
    scores: tuple[Score, ...] = ()
    trouble: str = ""


_stuck: dict[str, int] = {}
_stuck_lock = threading.Lock()


def ask(
    classifiers: Sequence[Classifier],
    *,
    frames: Sequence[NDArray[np.uint8]] = (),
    sound: NDArray[np.float32] | None = None,
    text: str = "",
) -> list[Answer]:
    """Ask all that have a sense for what is given, side by side, each within its own time. Never raises for a
    classifier's sake."""
    given = {"frames": len(frames) > 0, "sound": sound is not None, "text": bool(text)}
    calls = []
    for classifier in classifiers:
        senses = [sense for sense in SENSES if sense in classifier.looks_at and given[sense]]
        if senses:
            material: dict[str, Any] = {"frames": frames, "sound": sound, "text": text}
            calls.append(_Call(classifier, {sense: material[sense] for sense in senses}))
    return [call.answer() for call in calls]


class _Call:
    """One question in a thread of its own, so that a hanging classifier holds up nobody for longer than its time."""

    def __init__(self, classifier: Classifier, material: dict[str, Any]) -> None:
        self._classifier = classifier
        self._material = material
        self._result: Answer | None = None
        self._given_up = False
        self._until = time.monotonic() + classifier.timeout
        with _stuck_lock:
            if _stuck.get(classifier.name, 0) >= _MOST_STUCK:
                self._result = Answer(name=classifier.name, trouble=f"{_MOST_STUCK} earlier calls never came back")
                return
        self._thread = threading.Thread(target=self._run, name=f"classifier-{classifier.name}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        name = self._classifier.name
        try:
            result = Answer(
                name=name,
                scores=_checked(self._classifier.score(**self._material), len(self._material.get("frames", ()))),
            )
        except Exception as error:  # whatever goes wrong in a checker means: not checked
            result = Answer(name=name, trouble=str(error)[:200] or in_words(error))
        with _stuck_lock:
            if self._given_up:
                _stuck[name] -= 1
            self._result = result

    def answer(self) -> Answer:
        if self._result is None:
            self._thread.join(max(0.0, self._until - time.monotonic()))
        with _stuck_lock:
            if self._result is None:
                self._given_up = True
                _stuck[self._classifier.name] = _stuck.get(self._classifier.name, 0) + 1
                return Answer(name=self._classifier.name, trouble=f"no answer within {self._classifier.timeout:g} s")
            return self._result


def _checked(scores: Sequence[Score], frames: int) -> tuple[Score, ...]:
    for score in scores:
        if score.category not in CATEGORIES:
            raise ValueError(f"scored the unknown category '{score.category}'")
        if score.severity is not None and score.severity not in SEVERITIES:
            raise ValueError(f"scored {score.category} as '{score.severity}', which is no severity")
        if not math.isfinite(score.value) or not 0.0 <= score.value <= 1.0:
            raise ValueError(f"scored {score.category} with {score.value}, which is not 0 to 1")
        if score.frame is not None and not 0 <= score.frame < frames:
            raise ValueError(f"scored frame {score.frame} of {frames}")
    return tuple(scores)
