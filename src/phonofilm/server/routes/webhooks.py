"""/v1/webhooks: where a tenant hears of its generations. Signed after Standard Webhooks; the secret is shown once."""

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Body, Depends
from pydantic import Field

from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.notify import webhook
from phonofilm.jobs.store.tables import Webhook as Row
from phonofilm.server import threads, words
from phonofilm.server.errors import Refused

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings

EventName = Literal[
    "*",
    "generation.*",
    "generation.queued",
    "generation.running",
    "generation.review",
    "generation.succeeded",
    "generation.failed",
    "generation.cancelled",
    "generation.expired",
    "generation.unknown_outcome",
    "generation.crashed",
    "generation.removed",
    "budget.alert",
]
_EXAMPLE = {
    "id": "wh_01k3v8f0qk7c3m4n5p6q7r8s9t", "object": "webhook", "url": "https://example.com/hooks/phonofilm",
    "events": ["generation.succeeded", "generation.failed"], "created": 1795212345.2, "disabled": None, "secret": None,
}  # fmt: skip


class NewWebhook(words.Body):
    """An address to send news to."""

    model_config = words.shows({"url": _EXAMPLE["url"], "events": _EXAMPLE["events"]})
    url: Annotated[words.Text, Field(min_length=1, max_length=2000, description="https; private addresses are refused")]
    events: Annotated[list[EventName], Field(min_length=1, max_length=12)] = Field(default=["*"])


class Webhook(words.Answer):
    """An address that news is sent to."""

    model_config = words.shows(_EXAMPLE)
    id: str
    object: Literal["webhook"] = "webhook"
    url: str
    events: list[str]
    created: float
    disabled: float | None
    secret: str | None = Field(
        None, description="whsec_...: checks the signature; shown when the webhook is made, never again"
    )


class WebhookList(words.Answer):
    model_config = words.shows({"object": "list", "data": [_EXAMPLE]})
    object: Literal["list"] = "list"
    data: list[Webhook]


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """The webhook routes."""
    routes = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], responses=words.ERRORS)
    reads, makes = auth.needs("read"), auth.needs("generate")

    def shown(row: Row, secret: str | None = None) -> Webhook:
        return Webhook(
            id=row.id, url=row.url, events=list(row.events), created=row.created, disabled=row.disabled, secret=secret
        )

    @routes.post("", status_code=201, summary="Hear of your generations")
    async def create(body: Annotated[NewWebhook, Body()], caller: Annotated[Caller, Depends(makes)]) -> Webhook:
        """Messages carry ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature`` (Standard Webhooks) and are
        tried again for a while."""

        def make() -> Row:
            with service.db.session() as session:
                return webhook.add(
                    session, caller.tenant, body.url, body.events, actor=caller.actor, allow=service.config.fetch_allow
                )

        row = await threads.run_sync(make)
        return shown(row, row.secret)

    @routes.get("", summary="Your webhooks")
    async def every(caller: Annotated[Caller, Depends(reads)]) -> WebhookList:
        """Without their secrets; one that answered 410 is shown as disabled."""
        return WebhookList(data=[shown(row) for row in await threads.run_sync(all_of, caller.tenant)])

    @routes.get("/{webhook_id}", summary="One webhook")
    async def one(webhook_id: str, caller: Annotated[Caller, Depends(reads)]) -> Webhook:
        """Without its secret."""
        for row in await threads.run_sync(all_of, caller.tenant):
            if row.id == webhook_id:
                return shown(row)
        raise Refused(404, "not_found", "there is no such webhook", field="webhook_id")

    @routes.delete("/{webhook_id}", summary="Send no more")
    async def delete(webhook_id: str, caller: Annotated[Caller, Depends(makes)]) -> words.Deleted:
        """What is still on its way to it is dropped."""

        def drop() -> None:
            with service.db.session() as session:
                webhook.remove(session, caller.tenant, webhook_id, actor=caller.actor)

        await threads.run_sync(drop)
        return words.Deleted(id=webhook_id)

    def all_of(tenant: str) -> list[Row]:
        with service.db.reading() as session:
            return list(webhook.listed(session, tenant))

    return routes
