"""/v1/session: a browser signs in with a key and gets a cookie that no page can read."""

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import Field

from phonofilm.jobs.accounts import keys, sessions
from phonofilm.jobs.accounts.caller import Caller
from phonofilm.server import threads, words
from phonofilm.server.auth import COOKIE, SECURE_COOKIE
from phonofilm.server.errors import Refused

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service
    from phonofilm.server.auth import Auth
    from phonofilm.server.settings import Settings

ROLES = {"generate": "creator", "review": "reviewer", "operate": "operator"}
"""Scope -> the role that pages know."""


class SignIn(words.Body):
    """The key to sign in with."""

    model_config = words.shows({"key": "pf_k7m2p9q4r8s3_VVdPzqfxqVw2m3HkYtR8sXcNbGd5LpAeJuKfZ6Tn9Wr4Qy"})
    key: Annotated[words.Text, Field(min_length=1, max_length=128)]


class Session(words.Answer):
    """Who is signed in, and what they may do."""

    model_config = words.shows(
        {
            "tenant": "main",
            "user": "ana",
            "scopes": ["generate", "read"],
            "roles": ["creator"],
            "csrf": "5f70b1",
            "expires": 1795817145.2,
        }
    )
    tenant: str
    user: str
    scopes: list[str]
    roles: list[Literal["creator", "reviewer", "operator"]]
    csrf: str = Field(
        description=(
            "goes with every change made with the cookie, as the header X-CSRF-Token; empty where a key was sent"
        )
    )
    expires: float | None = Field(description="UTC seconds; null: never (a key that does not expire)")


def router(service: "Service", auth: "Auth", settings: "Settings") -> APIRouter:
    """Sign in, who am I, sign out."""
    routes = APIRouter(prefix="/v1/session", tags=["session"], responses=words.ERRORS)

    def told(caller: Caller, csrf: str, expires: float | None) -> Session:
        roles = [role for scope, role in ROLES.items() if scope in caller.scopes]
        scopes = [scope for scope in keys.SCOPES if scope in caller.scopes]
        return Session(tenant=caller.tenant, user=caller.user, scopes=scopes, roles=roles, csrf=csrf, expires=expires)  # type: ignore[arg-type]

    @routes.post("", status_code=201, summary="Sign in")
    async def sign_in(request: Request, response: Response, body: Annotated[SignIn, Body()]) -> Session:
        """Sets the cookie (HttpOnly, SameSite=Strict). Any session the browser had is closed, so that nobody can plant
        one."""
        auth.limits.sign_in(request.client.host if request.client else "", settings.sign_ins_per_minute)
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise Refused(403, "csrf", "signing in works from this server's own pages alone", field="Sec-Fetch-Site")
        caller = await threads.run_sync(auth.identify, {"authorization": f"Bearer {body.key}"})
        before = auth.cookie({"cookie": request.headers.get("cookie", "")}, request.url.scheme)

        def begin() -> tuple[float, str]:
            if before is not None:
                sessions.close(service.db, sessions.digest(before))
                auth.forget_session(sessions.digest(before))
            found = keys.find(service.db, caller.key)
            if found is None:
                raise Refused(401, "unauthenticated", "this key is no longer there; ask for a new one", field="key")
            row, token = sessions.open(service.db, found[0], settings.session_hours * 3600.0)
            return row.expires, token

        expires, token = await threads.run_sync(begin)
        name = auth.cookie_name(request.url.scheme)
        age = max(0, round(expires - sessions.now()))
        response.set_cookie(
            name, token, max_age=age, path="/", secure=name == SECURE_COOKIE, httponly=True, samesite="strict"
        )
        response.headers["Cache-Control"] = "no-store"
        return told(caller, sessions.csrf(token), expires)

    @routes.get("", summary="Who am I?")
    async def who(request: Request, response: Response, caller: Annotated[Caller, Depends(auth.caller)]) -> Session:
        """401 where nobody is signed in. With a key instead of the cookie: whose key it is."""
        response.headers["Cache-Control"] = "no-store"
        cookie, row = auth.cookie(request.headers, request.url.scheme), getattr(request.state, "session", None)
        if cookie is not None and row is not None:
            return told(caller, sessions.csrf(cookie), row.expires)
        found = await threads.run_sync(keys.find, service.db, caller.key)
        return told(caller, "", found[0].expires if found else None)

    @routes.delete("", status_code=204, summary="Sign out", response_class=Response)
    async def sign_out(request: Request, caller: Annotated[Caller, Depends(auth.caller)]) -> Response:
        """The session is over, here and on the server; the key stays good."""
        row = getattr(request.state, "session", None)
        if row is not None:
            await threads.run_sync(sessions.close, service.db, row.id)
            auth.forget_session(row.id)
        response = Response(status_code=204, headers={"Cache-Control": "no-store"})
        for name, safe in ((COOKIE, False), (SECURE_COOKIE, True)):
            response.delete_cookie(name, path="/", secure=safe, httponly=True, samesite="strict")
        return response

    return routes
