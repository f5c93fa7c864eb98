"""The two doors of a clip, and what is looked at there: words and references before it is made, its pictures and sound
before anybody sees it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from phonofilm.clip.kit import Kit
from phonofilm.clip.order import Order
from phonofilm.errors import Blocked
from phonofilm.media import tracks
from phonofilm.media.colour import Pictures
from phonofilm.media.footage import Footage
from phonofilm.media.picture import load
from phonofilm.media.video import read_sound
from phonofilm.spec.reference import Reference, named
from phonofilm.spec.request import Generate
from phonofilm.trust import gate
from phonofilm.trust.consent import Leave
from phonofilm.trust.gate import Seen, Verdict
from phonofilm.trust.sampling import Sample, Sampler, sample

CHECK_RATE = 48_000
"""Samples per second of the sound that checkers hear."""
_FEW = 4
"""Pictures the gate is shown where nobody is set to look at them."""
_MEANS = {"person": True, "no_person": False}
"""What an operator may let "not declared" mean; otherwise somebody is asked."""
Picture = NDArray[np.uint8]
Sound = NDArray[np.float32]


def admit(request: Generate, kit: Kit, seen: Sequence[Seen] | None = None) -> Verdict:
    """The first door. ``seen``: the references with what is known of persons in them; None: as the request says, and no
    consent."""
    if seen is None:
        seen = [
            look(request, number, kit, person=reference.person) for number, reference in enumerate(request.references)
        ]
    return gate.admit(request.prompt, seen, kit.policy, kit.classifiers, blocked=kit.blocked())


def release(order: Order, watch: Watch, kit: Kit) -> Verdict:
    """The second door: what ``watch`` has kept of the clip."""
    persons = any(reference.person for reference in order.request.references)
    return gate.release(
        watch.samples(),
        watch.sound,
        order.request.prompt,
        kit.policy,
        kit.classifiers,
        blocked=kit.blocked(),
        persons=persons,
    )


def refusal(verdict: Verdict, stage: str) -> Blocked:
    """What whoever asked is told of a verdict that lets nothing pass. ``stage``: admit | release."""
    if stage == "admit" and any(
        finding.category == "person" and finding.severity == "high" for finding in verdict.findings
    ):
        told = "a reference shows a real person without a consent that covers it; put one on record first"
        return Blocked(told, code="person_without_consent", field="references")
    version = verdict.policy_version.split(":")[0]
    told = f"refused by policy {version} ({categories(verdict) or 'policy'}); change it, or appeal"
    return (
        Blocked(told, code="input_blocked", field="prompt")
        if stage == "admit"
        else Blocked(told, code="output_blocked")
    )


def categories(verdict: Verdict) -> str:
    """What was found that counts, in a few words."""
    return ", ".join(sorted({finding.category for finding in verdict.findings if finding.severity != "low"}))


def look(request: Generate, number: int, kit: Kit, *, person: bool | None, consent: Leave | None = None) -> Seen:
    """Reference ``number`` of a request, a file of this machine, as the first door sees it."""
    reference: Reference = request.references[number]
    names = {id(one): name for name, one in reversed(named(request.references).items())}
    name = names.get(id(reference)) or f"{reference.kind}{number + 1}"
    path = Path(str(reference.path))
    if reference.kind == "image":
        frames: tuple[Picture, ...] = (first_picture(path, "image"),)
    else:
        frames = tuple(one.picture for one in _samples(path)) if reference.kind == "video" else ()
    sound = None if reference.kind == "image" else _sound(path)
    meant = _MEANS.get(kit.config.undeclared) if person is None else person
    return Seen(name=name, kind=reference.kind, frames=frames, sound=sound, person=meant, consent=consent)


class Watch:
    """Keeps of a clip what the second door looks at. Where no checker is set and no picture is blocked, a few frames
    stand for all."""

    def __init__(self, kit: Kit) -> None:
        self._all = bool(kit.blocked()) or any(
            {"frames", "sound"} & classifier.looks_at for classifier in kit.classifiers
        )
        self._hears = any({"frames", "sound"} & classifier.looks_at for classifier in kit.classifiers)
        self._sampler = Sampler(24.0)
        self._few: list[Sample] = []
        self._every = 1
        self.sound: Sound | None = None
        """float32 [2, n] at 48 kHz; None where nobody listens."""

    def over(self, footage: Footage) -> None:
        """What is about to go by."""
        self._sampler, self._few = Sampler(float(footage.fps)), []
        self._every = max(1, footage.expected // _FEW)
        self.sound = _at_check_rate(footage.sound, footage.rate) if self._hears and footage.has_sound else None

    def see(self, picture: Picture, number: int) -> None:
        """The next picture, before anything was written into it."""
        if self._all:
            self._sampler.see(picture, number)
        elif number % self._every == 0 and len(self._few) < _FEW:
            self._few.append(Sample(index=number, picture=picture))

    def samples(self) -> list[Sample]:
        """What was kept of what went by."""
        return self._sampler.samples() if self._all else self._few

    def file(self, path: Path) -> None:
        """The same of a clip that is a file."""
        with av.open(str(path)) as container:
            stream = tracks.pictures(container)[0]
            stream.thread_type = "AUTO"
            fps = float(stream.average_rate or 24)
            self._sampler, self._few, self._every = Sampler(fps), [], max(1, stream.frames // _FEW)
            if not self._all:
                stream.codec_context.skip_frame = "NONKEY"
                self._every = 1
            convert = Pictures()
            for number, frame in enumerate(container.decode(stream)):
                self.see(convert(frame), number)
                if not self._all and len(self._few) == _FEW:
                    break
        self.sound = _sound(path) if self._hears else None


def _samples(path: Path) -> list[Sample]:
    with av.open(str(path)) as container:
        stream = tracks.pictures(container)[0]
        stream.thread_type = "AUTO"
        return sample(map(Pictures(), container.decode(stream)), float(stream.average_rate or 24))


def _sound(path: Path) -> Sound | None:
    with av.open(str(path)) as container:
        if not tracks.sounds(container):
            return None
        length = float(container.duration or 0) / av.time_base
    sound, rate = read_sound(path, length)
    return _at_check_rate(sound, rate)


def _at_check_rate(sound: Sound, rate: int) -> Sound:
    if rate == CHECK_RATE:
        return sound
    from scipy.signal import resample_poly

    common = math.gcd(rate, CHECK_RATE)
    return np.asarray(resample_poly(sound, CHECK_RATE // common, rate // common, axis=1), np.float32)


def first_picture(path: Path, kind: str) -> Any:
    """uint8 [H, W, 3] of a picture, or a clip's first frame; None for sounds."""
    if kind == "image":
        return load(path)
    if kind == "video":
        with av.open(str(path)) as container:
            for frame in container.decode(tracks.pictures(container)[0]):
                return Pictures()(frame)
    return None
