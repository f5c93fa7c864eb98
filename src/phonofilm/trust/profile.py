"""What each place's law asks of a generated clip, as data. Engineering readings of the rules, not legal advice."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from phonofilm.errors import RequestError
from phonofilm.media.packaging.label import Label


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One set of rules."""

    name: str
    label: Label | None
    """The visible label; None: none is needed."""
    may_turn_off_label: bool
    """May a request (``watermark: false``) go without the visible label?"""
    aigc: bool = False
    """Write the ``AIGC`` field into the file's metadata (GB 45438-2025)?"""
    sign: bool = True
    """Sign a C2PA manifest into every rendition?"""
    watermark: bool = True
    """Write the invisible watermark into picture and sound?"""
    manifest_fields: tuple[str, ...] = ("provider", "system", "version", "time", "id")
    """What the signed manifest says beyond C2PA's own."""
    rules: str = ""
    """Which rules this follows, for people."""

    def label_for(self, wanted: bool | None) -> Label | None:
        """The visible label of a clip whose request says ``wanted`` (None: nothing). A wish to go without counts only
        where it may; a wish for one is granted where none is needed."""
        if wanted is False and self.may_turn_off_label:
            return None
        if wanted is True and self.label is None:
            return Label(text="AI-generated")
        return self.label

    def refuses_turning_off(self) -> str | None:
        """Why ``watermark: false`` has no effect here; None where it has."""
        return None if self.may_turn_off_label else f"the compliance profile {self.name} keeps the visible label"

    def metadata(self, *, provider: str, job: str) -> dict[str, str]:
        """Container metadata the file carries besides title and comment."""
        if not self.aigc:
            return {}
        fields = {
            "Label": "1", "ContentProducer": provider, "ProduceID": job, "ReservedCode1": "",
            "ContentPropagator": provider, "PropagateID": job, "ReservedCode2": "",
        }  # fmt: skip
        return {"AIGC": json.dumps(fields, ensure_ascii=False, separators=(",", ":"))}


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(
            name="eu",
            label=Label(text="AI-generated"),
            may_turn_off_label=True,
            rules=(
                "EU AI Act Art. 50 (since 2 Aug 2026): signed metadata and an imperceptible watermark always; the"
                " visible label is the deployer's duty for deepfakes, so whoever asks may go without"
            ),
        ),
        Profile(
            name="cn",
            label=Label(text="AI生成", corner="top_left", height=0.06),
            may_turn_off_label=False,
            aigc=True,
            rules=(
                "GB 45438-2025 (since 1 Sep 2025): visible label at the start for at least 2 s, letters at least 5 % of"
                " the short side (here: throughout); AIGC field in the file's metadata"
            ),
        ),
        Profile(
            name="us-ca",
            label=Label(text="AI-generated"),
            may_turn_off_label=True,
            rules=(
                "California SB 942 / AB 853 (since 2 Aug 2026): latent disclosure with provider, system and version,"
                " time and unique id; a manifest disclosure that the user may choose"
            ),
        ),
        Profile(
            name="none",
            label=None,
            may_turn_off_label=True,
            rules="no rules followed; the clip is still watermarked and signed",
        ),
    )
}
"""Every profile by its name."""


def profile(name: str) -> Profile:
    """The profile of this name. Raises RequestError."""
    if name not in PROFILES:
        raise RequestError(f"there is no compliance profile '{name}'; choose one of {', '.join(PROFILES)}")
    return PROFILES[name]


def strictest(*names: str) -> Profile:
    """Several places at once: every duty of each (the first label that must stay stands; none may be turned off if one
    may not)."""
    found = [profile(name) for name in names]
    labels = [p.label for p in sorted(found, key=lambda p: p.may_turn_off_label) if p.label]
    return replace(
        found[0],
        name="+".join(names),
        label=labels[0] if labels else None,
        may_turn_off_label=all(p.may_turn_off_label for p in found),
        aigc=any(p.aigc for p in found),
        sign=any(p.sign for p in found),
        watermark=any(p.watermark for p in found),
        rules="; ".join(p.rules for p in found),
    )
