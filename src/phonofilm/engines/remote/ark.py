"""Remote Seedance, through Volcengine Ark or BytePlus ModelArk: create a task, ask after it, copy the clip before its
address expires.

Written from the vendors' public documentation. Another server that speaks the same protocol is reached by ``base_url``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from phonofilm.engines import attach
from phonofilm.engines.base import CANNOT, Declined, Failure, Poll
from phonofilm.engines.remote.ark_errors import failure_of
from phonofilm.engines.remote.calls import Answer, Lost, Unsent
from phonofilm.engines.remote.seedance import capability_of
from phonofilm.engines.remote.vendor import Remote, printable
from phonofilm.errors import RequestError
from phonofilm.spec.capability import Capability
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import Generate

TASKS = "/contents/generations/tasks"
MODEL = "dreamina-seedance-2-0-260128"
BASE_URL = "https://ark.ap-southeast.bytepluses.com/api/v3"
IMAGE_BYTES, AUDIO_BYTES, VIDEO_BYTES, BODY_BYTES = 30 << 20, 15 << 20, 200 << 20, 64 << 20
PAGE, PAGES = 100, 100
STATES = {
    "queued": "queued",
    "running": "running",
    "succeeded": "succeeded",
    "failed": "failed",
    "cancelled": "cancelled",
    "canceled": "cancelled",
    "expired": "expired",
}


class ArkEngine(Remote):
    """One model on one Ark account.

    ``publish`` gives a checked local clip a web address for an hour: the vendor takes no clips as data. Without it, and
    without ``video_data`` (a server that does take them), clips are refused. ``adjust`` overrides what the capability
    says by name.
    """

    states = STATES

    def __init__(
        self,
        name: str = "ark",
        *,
        model: str = MODEL,
        base_url: str = BASE_URL,
        publish: Callable[[Path], str] | None = None,
        video_data: bool = False,
        adjust: dict[str, Any] | None = None,
        lookup: bool = True,
        settle: float = 10.0,
        **rest: Any,
    ) -> None:
        super().__init__(name, base_url=base_url, **rest)
        self.model, self.publish, self.video_data, self.lookup, self.settle = model, publish, video_data, lookup, settle
        self._capability = replace(capability_of(name, model, videos=bool(publish or video_data)), **(adjust or {}))

    def capability(self) -> Capability:
        """By the model's family, as the vendor documents it."""
        return self._capability

    def body(self, request: Generate, tag: str) -> dict[str, Any]:
        """The create call's JSON. Every option is said, so that no default of the vendor's or of a prompt's text
        decides."""
        content: list[dict[str, Any]] = [{"type": "text", "text": attach.renamed(request.prompt, request.references)}]
        content += [self._item(reference) for reference in request.references]
        body: dict[str, Any] = {
            "model": self.model, "content": content, "resolution": request.resolution.lower(), "ratio": request.ratio,
            "duration": round(request.seconds),
            "seed": request.seed, "generate_audio": request.sound, "watermark": False,
            "safety_identifier": identifier(tag),
        }  # fmt: skip
        if request.task != "generate":
            body["omni_reference_task_type"] = request.task
            body["ratio"] = "adaptive"
            if request.task == "edit":
                body["duration"] = -1
        return body

    def find(self, tag: str) -> str | None:
        """Look through the account's tasks of the last days for our tag, which the vendor echoes as
        ``safety_identifier``.

        None only where two complete lists, ``settle`` seconds apart, lack it; CANNOT where a list is incomplete or
        echoes no tags.
        """
        if not self.lookup:
            return CANNOT
        wanted = identifier(tag)
        for turn in range(2):
            if turn:
                self._sleep(self.settle)
            items = self._list(wanted)
            if items is None:
                return CANNOT
            ours = sorted(
                (item for item in items if item.get("safety_identifier") == wanted),
                key=lambda item: float(item.get("created_at") or 0),
            )
            if ours:
                return str(ours[0]["id"])
            if items and not any(item.get("safety_identifier") for item in items):
                return CANNOT
        return None

    def _list(self, wanted: str) -> list[dict[str, Any]] | None:
        """Every task listed, or those up to the one wanted; None where the list cannot be had whole."""
        items: list[dict[str, Any]] = []
        for page in range(1, PAGES + 1):
            try:
                answer = self.calls.repeat(
                    lambda page=page: self.calls.exchange("GET", TASKS, params={"page_num": page, "page_size": PAGE})  # type: ignore[misc]
                )
            except (Unsent, Lost):
                return None
            body = answer.json()
            if answer.status != 200 or not isinstance(body, dict) or not isinstance(body.get("items"), list):
                return None
            some = [item for item in body["items"] if isinstance(item, dict) and isinstance(item.get("id"), str)]
            items += some
            if any(item.get("safety_identifier") == wanted for item in some):
                return items
            total = body.get("total")
            if isinstance(total, int) and not isinstance(total, bool):
                if len({item["id"] for item in items}) >= total:
                    return items
                if not some:
                    return None  # fewer than promised
            elif len(some) < PAGE:
                return items
        return None

    def _item(self, reference: Reference) -> dict[str, Any]:
        role = {"first_frame": "first_frame", "last_frame": "last_frame"}.get(
            reference.role, f"reference_{reference.kind}"
        )
        if reference.kind == "image":
            url = attach.data_url(reference, IMAGE_BYTES)
        elif reference.kind == "audio":
            url = attach.data_url(reference, AUDIO_BYTES)
        elif self.publish and reference.path:
            attach.read(reference, VIDEO_BYTES)
            url = self.publish(Path(reference.path))
        else:
            url = attach.data_url(reference, VIDEO_BYTES)
        return {"type": f"{reference.kind}_url", f"{reference.kind}_url": {"url": url}, "role": role}

    def _send(self, request: Generate, tag: str) -> Answer:
        content = json.dumps(self.body(request, tag)).encode()
        if len(content) > BODY_BYTES:
            raise RequestError(
                f"the references together are larger than {BODY_BYTES >> 20} MB; engine {self.name} takes no more in"
                " one request"
            )
        headers = {
            "content-type": "application/json",
            "x-client-request-id": printable(tag),
            "idempotency-key": printable(tag),
        }
        return self.calls.exchange("POST", TASKS, content=content, headers=headers)

    def _task(self, vendor_id: str) -> str:
        return f"{TASKS}/{quote(vendor_id, safe='')}"

    def _read(self, body: dict[str, Any]) -> Poll:
        state = self._stands(body)
        error = None
        if state in ("failed", "expired", "cancelled"):
            code = "engine_failed" if state == "failed" else state
            error = (
                self._failure(body["error"])
                if body.get("error")
                else Failure(code=code, message=f"the task has {state}")
            )
        usage = body["usage"].get("total_tokens") if isinstance(body.get("usage"), dict) else None
        return Poll(state=state, error=error, usage=usage if isinstance(usage, int) else None)

    def _failure(self, error: Any, status: int | None = None) -> Failure:
        return failure_of(error, status)

    def _artefact(self, vendor_id: str) -> str:
        try:
            answer = self.calls.repeat(lambda: self.calls.exchange("GET", self._task(vendor_id)))
        except (Unsent, Lost) as error:
            raise Declined(
                f"engine {self.name} cannot be asked for the clip ({error})",
                code="engine_unavailable",
                retry_after=30.0,
            ) from None
        body = answer.json()
        if answer.status != 200 or not isinstance(body, dict):
            raise Declined(
                f"engine {self.name} no longer has the clip (status {answer.status})",
                code="expired" if answer.status in (404, 410) else "engine_unavailable",
            )
        content = body.get("content")
        url = content.get("video_url") if isinstance(content, dict) else None
        if body.get("status") != "succeeded" or not isinstance(url, str):
            raise Declined(f"engine {self.name} has no finished clip under this id", code="engine_failed")
        return url

    def _can_cancel(self, state: str) -> bool:
        """Only a waiting task; the vendor refuses to stop a running one, and deletes a finished one."""
        return state == "queued"


def identifier(tag: str) -> str:
    """A tag as a ``safety_identifier`` (at most 64 characters), telling the vendor nothing about who asks."""
    return "pf-" + hashlib.sha256(tag.encode()).hexdigest()[:40]
