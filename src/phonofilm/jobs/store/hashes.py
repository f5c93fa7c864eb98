"""What a request or a prompt is known by: hashes of all it says."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from phonofilm.clip.sign import prompt_hash
from phonofilm.errors import PromptError
from phonofilm.prompt import parse
from phonofilm.spec.plain import to_plain
from phonofilm.spec.request import Generate


def request_hash(request: Generate, **more: Any) -> str:
    """The same for the same request and the same ``more``: what an idempotency key is held against."""
    text = json.dumps([to_plain(request), more], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def script_hash(prompt: str) -> str:
    """The same for prompts that say the same, however long they let each shot and the clip be and however they mark
    them."""
    try:
        script = parse(prompt)
    except PromptError:
        return prompt_hash(prompt)
    shots = tuple(replace(shot, start=None, end=None) for shot in script.shots)
    return prompt_hash(
        str(replace(script, shots=shots, settings=tuple(said for said in script.settings if said[0] != "duration")))
    )
