"""Engines behind an OpenAI-style ``/v1/videos``: SGLang, vLLM-Omni, LiteLLM, and servers like ours.

What each kind of server reads is in ``SERVERS``; nothing is sent that the server would ignore, and what it cannot be
told is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from phonofilm.engines import attach
from phonofilm.engines.base import Failure, Poll
from phonofilm.engines.remote.calls import Answer
from phonofilm.engines.remote.vendor import Remote, printable
from phonofilm.errors import RequestError
from phonofilm.spec import clock
from phonofilm.spec.capability import Capability
from phonofilm.spec.request import Generate

IMAGE_BYTES, VIDEO_BYTES = 30 << 20, 200 << 20
STATES = {
    "queued": "queued", "pending": "queued", "in_progress": "running", "processing": "running", "running": "running",
    "completed": "succeeded",
    "succeeded": "succeeded", "failed": "failed", "error": "failed", "cancelled": "cancelled", "canceled": "cancelled",
    "expired": "expired",
}  # fmt: skip
FIRST_FRAME = (("image", "first_frame"),)


@dataclass(frozen=True, kw_only=True)
class Server:
    """How one kind of server wants to be spoken to."""

    multipart: bool = False
    """Forms always; otherwise JSON, and a form where a file goes along."""
    geometry: str = "size"
    """size: ``size="WxH"``; sides: ``width`` and ``height``."""
    seconds: type = str
    """``seconds`` as text or as a whole number."""
    frames: bool = False
    """Send ``num_frames`` and ``fps`` too."""
    seed: str | None = None
    """The field of the seed; None: it takes none."""
    guided: bool = False
    """Takes ``num_inference_steps`` and ``guidance_scale``."""
    sound: str | None = None
    """The field that turns sound on or off; None: it cannot be told."""
    cancels: bool = False
    """Does DELETE stop the work? (SGLang only forgets the task.)"""
    capability: Mapping[str, Any] = field(default_factory=dict)


SERVERS: dict[str, Server] = {
    "openai": Server(
        capability={
            "lengths": (4.0, 8.0, 12.0),
            "resolutions": ("720p",),
            "ratios": ("16:9", "9:16"),
            "references": FIRST_FRAME,
        }
    ),
    "litellm": Server(capability={"step_seconds": 1.0, "references": FIRST_FRAME}),
    "sglang": Server(
        seconds=int,
        frames=True,
        seed="seed",
        guided=True,
        capability={"step_seconds": 1.0, "references": FIRST_FRAME, "sound": False},
    ),
    "vllm-omni": Server(
        multipart=True,
        geometry="sides",
        seconds=int,
        frames=True,
        seed="seed",
        guided=True,
        cancels=True,
        capability={"step_seconds": 1.0, "references": FIRST_FRAME, "sound": False},
    ),
    "phonofilm": Server(seed="seed", sound="generate_audio", cancels=True, capability={"references": FIRST_FRAME}),
}
"""By kind. Whether a model behind SGLang or vLLM-Omni makes sound, only the operator knows: say ``sound = true`` in
``adjust``."""


class VideosApiEngine(Remote):
    """One model on one server. ``adjust`` overrides what the capability says by name; ``usd_per_second`` is 0 for a
    server of one's own."""

    states = STATES

    def __init__(
        self,
        name: str = "videos",
        *,
        base_url: str,
        model: str = "",
        server: str = "openai",
        adjust: dict[str, Any] | None = None,
        **rest: Any,
    ) -> None:
        if server not in SERVERS:
            raise RequestError(
                f"engine {name}: there is no kind of server '{server}'; choose one of {', '.join(SERVERS)}"
            )
        super().__init__(name, base_url=base_url, **rest)
        self.model, self.server = model, SERVERS[server]
        wanted = {"guided": self.server.guided, **self.server.capability, **(adjust or {})}
        self._capability = Capability(engine=name, remote=True, **wanted)

    def capability(self) -> Capability:
        """What the kind of server can be told, and what the operator said of the model."""
        return self._capability

    def fields(self, request: Generate) -> dict[str, Any]:
        """The create call's fields, without files."""
        width, height = request.size
        server = self.server
        said: dict[str, Any] = {
            "prompt": attach.renamed(request.prompt, request.references),
            "seconds": server.seconds(f"{request.seconds:g}"),
        }
        if self.model:
            said["model"] = self.model
        said.update({"size": f"{width}x{height}"} if server.geometry == "size" else {"width": width, "height": height})
        if server.frames:
            said.update(num_frames=clock.frames(request.seconds), fps=clock.FPS)
        if server.seed:
            said[server.seed] = request.seed
        if server.guided and request.steps is not None:
            said["num_inference_steps"] = request.steps
        if server.guided and request.guidance is not None:
            said["guidance_scale"] = request.guidance
        if server.sound:
            said[server.sound] = request.sound
        return said

    def _send(self, request: Generate, tag: str) -> Answer:
        headers = {"idempotency-key": printable(tag)}
        said = self.fields(request)
        files = []
        for reference in request.references:
            data, kind = attach.read(reference, IMAGE_BYTES)
            files.append(
                ("input_reference", (f"{reference.role}{attach.suffix_of(kind)}", data, kind.replace("mp3", "mpeg")))
            )
        if files or self.server.multipart:
            form = [(name, (None, _text(value).encode())) for name, value in said.items()]
            return self.calls.exchange("POST", "/videos", files=[*form, *files], headers=headers)
        return self.calls.exchange(
            "POST",
            "/videos",
            content=json.dumps(said).encode(),
            headers={**headers, "content-type": "application/json"},
        )

    def _task(self, vendor_id: str) -> str:
        return f"/videos/{quote(vendor_id, safe='')}"

    def _read(self, body: dict[str, Any]) -> Poll:
        state = self._stands(body)
        progress = body.get("progress")
        share = (
            min(max(float(progress) / 100, 0.0), 1.0)
            if isinstance(progress, (int, float)) and not isinstance(progress, bool)
            else None
        )
        error = None
        if state in ("failed", "cancelled", "expired"):
            code = "engine_failed" if state == "failed" else state
            error = (
                self._failure(body["error"])
                if body.get("error")
                else Failure(code=code, message=f"the task has {state}")
            )
        return Poll(state=state, progress=share, error=error)

    def _failure(self, error: Any, status: int | None = None) -> Failure:
        return failure_of(error, status)

    def _artefact(self, vendor_id: str) -> str:
        return f"{self.base_url}{self._task(vendor_id)}/content"

    def _can_cancel(self, state: str) -> bool:
        return self.server.cancels


def failure_of(error: Any, status: int | None = None) -> Failure:
    """OpenAI's ``{"message", "type", "code"}`` (or FastAPI's bare text) in our words."""
    error = error if isinstance(error, dict) else {"message": error if isinstance(error, str) else ""}
    vendor = error.get("code") if isinstance(error.get("code"), str) else ""
    vendor = vendor or (error.get("type") if isinstance(error.get("type"), str) else "") or ""
    text = error.get("message") if isinstance(error.get("message"), str) else ""
    text = text[:300] or (f"the server answered {status}" if status else "the server gave no reason")
    return Failure(code=_meaning(vendor.lower(), status), message=text, vendor=vendor)


def _meaning(vendor: str, status: int | None) -> str:
    if "moderation" in vendor or "content_policy" in vendor or "input_blocked" in vendor or "safety" in vendor:
        return "output_blocked" if "output" in vendor else "input_blocked"
    if "output_blocked" in vendor:
        return "output_blocked"
    if "person" in vendor:
        return "person_without_consent"
    if status == 429 or "rate_limit" in vendor or "quota" in vendor or "overloaded" in vendor:
        return "rate_limited"
    if status in (401, 403, 404, 405):
        return "engine_unavailable"
    if status is not None and 300 <= status < 400:
        return "engine_unavailable"
    if "invalid" in vendor or (status is not None and 400 <= status < 500):
        return "invalid_parameter"
    return "engine_failed"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
