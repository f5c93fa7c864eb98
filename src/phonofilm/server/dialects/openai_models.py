"""GET /v1/models, which clients ask before anything else: every name a request may give as its model."""

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from phonofilm.engines import route
from phonofilm.jobs.accounts.caller import Caller
from phonofilm.server import models, threads
from phonofilm.server.dialects.openai_openapi import ANSWERS, ERRORS
from phonofilm.server.dialects.openai_video import error_body
from phonofilm.server.dialects.wire import wrong

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings

__all__ = ["PREFIX", "error_body", "router"]
PREFIX = "/v1/models"


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """The list and each of its entries."""
    routes = APIRouter(prefix=PREFIX, tags=["videos"], responses=ERRORS)
    reads = auth.needs("read")

    def engines() -> tuple[str, ...]:
        return (*(one.engine for one in service.engines()), route.AUTO)

    @routes.get("", summary="Names of models", responses={200: ANSWERS["models"]})
    async def every(caller: Annotated[Caller, Depends(reads)]) -> JSONResponse:
        """Engines, and names mapped to them. Families (``sora-2*``) are not listed; any of their names may be given,
        and asked for below."""
        names = settings.model_map()
        offered = await threads.run_sync(engines)
        mapped = sorted(
            name
            for name, engine in names.items()
            if engine in offered and name not in offered and not set("/*") & set(name)
        )
        return JSONResponse({"object": "list", "data": [_model(name) for name in (*offered, *mapped)]})

    @routes.get("/{model:path}", summary="One model", responses={200: ANSWERS["model"]})
    async def one(model: str, caller: Annotated[Caller, Depends(reads)]) -> JSONResponse:
        """Also of a name that stands for a family."""
        offered = await threads.run_sync(engines)
        if models.engine_of(model, settings.model_map(), offered, dialect="openai") not in offered:
            raise wrong(
                f"The model '{model[:80]}' does not exist; GET {PREFIX} lists those there are.",
                "model",
                code="model_not_found",
                status=404,
            )
        return JSONResponse(_model(model))

    return routes


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "phonofilm"}
