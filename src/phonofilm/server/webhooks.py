"""/v1/webhooks: where a tenant hears of its generations. Signed after Standard Webhooks; the secret is shown once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from anyio import to_thread
from fastapi import APIRouter, Body, Depends
from pydantic import Field

from phonofilm.jobs.service import Caller
from phonofilm.server import words
from phonofilm.server.errors import Refused

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings

EventName = Literal[
    "generation.queued", "generation.running", "generation.progress", "generation.review", "generation.succeeded", "generation.failed", "generation.cancelled",
    "generation.expired", "generation.unknown_outcome", "generation.removed",
]  # fmt: skip
_EXAMPLE = {
    "id": "wh_01k3v8f0qk7c3m4n5p6q7r8s9t", "object": "webhook", "url": "https://example.com/hooks/phonofilm",
    "events": ["generation.succeeded", "generation.failed"], "created": 1795212345.2, "disabled": None, "secret": None,
}  # fmt: skip


class NewWebhook(words.Body):
    """An address to send news to."""

    model_config = {"extra": "forbid", "strict": True, "json_schema_extra": {"examples": [{"url": _EXAMPLE["url"], "events": _EXAMPLE["events"]}]}}
    url: Annotated[words.Text, Field(min_length=1, max_length=2000, description="https; private addresses are refused")]
    events: Annotated[list[EventName], Field(max_length=10)] = []
    """Empty: every end of a generation."""


class Webhook(words.Answer):
    """An address that news is sent to."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [_EXAMPLE]}}
    id: str
    object: Literal["webhook"] = "webhook"
    url: str
    events: list[str]
    created: float
    disabled: float | None
    secret: str | None = Field(None, description="whsec_...: checks the signature; shown when the webhook is made, never again")


class WebhookList(words.Answer):
    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"object": "list", "data": [_EXAMPLE]}]}}
    object: Literal["list"] = "list"
    data: list[Webhook]


def router(service: Service, auth: Auth, settings: Settings) -> APIRouter:
    """The webhook routes."""
    routes = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], responses=words.ERRORS)
    reads, makes = auth.needs("read"), auth.needs("generate")

    def shown(row: Any, secret: str | None = None) -> Webhook:
        return Webhook(id=row.id, url=row.url, events=list(row.events), created=row.created, disabled=row.disabled, secret=secret)

    @routes.post("", status_code=201, summary="Hear of your generations")
    async def create(body: Annotated[NewWebhook, Body()], caller: Annotated[Caller, Depends(makes)]) -> Webhook:
        """Messages carry ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature`` (Standard Webhooks) and are tried again for a while."""
        from phonofilm.jobs import webhook

        row = await to_thread.run_sync(lambda: webhook.create(service.db, caller.tenant, body.url, list(body.events)))
        return shown(row, row.secret)

    @routes.get("", summary="Your webhooks")
    async def every(caller: Annotated[Caller, Depends(reads)]) -> WebhookList:
        """Without their secrets."""
        from phonofilm.jobs import webhook

        rows = await to_thread.run_sync(webhook.every, service.db, caller.tenant)
        return WebhookList(data=[shown(row) for row in rows])

    @routes.get("/{webhook_id}", summary="One webhook")
    async def one(webhook_id: str, caller: Annotated[Caller, Depends(reads)]) -> Webhook:
        """Without its secret."""
        from phonofilm.jobs import webhook

        row = await to_thread.run_sync(webhook.get, service.db, caller.tenant, _known(webhook_id))
        if row is None:
            raise _none()
        return shown(row)

    @routes.delete("/{webhook_id}", summary="Send no more")
    async def delete(webhook_id: str, caller: Annotated[Caller, Depends(makes)]) -> words.Deleted:
        """What is still on its way to it is dropped."""
        from phonofilm.jobs import webhook

        if not await to_thread.run_sync(webhook.delete, service.db, caller.tenant, _known(webhook_id)):
            raise _none()
        return words.Deleted(id=webhook_id)

    return routes


def _known(webhook_id: str) -> str:
    if not re.fullmatch(r"[a-z]{1,8}_[a-z0-9]{1,40}", webhook_id):
        raise _none()
    return webhook_id


def _none() -> Refused:
    return Refused(404, "not_found", "there is no such webhook", field="webhook_id")
