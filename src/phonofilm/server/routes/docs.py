"""``/docs``: the API's description to read and to try, with every script from this server. No page here may ask another
host for code: it would run beside the signed-in session."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files

from fastapi import APIRouter, Response
from fastapi.openapi.docs import get_swagger_ui_html

from phonofilm.server.errors import Refused

PARTS = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}


def router(title: str) -> APIRouter:
    """The page and its two parts."""
    routes = APIRouter(include_in_schema=False)
    page = get_swagger_ui_html(
        openapi_url="openapi.json",
        title=title,
        swagger_js_url="docs/swagger-ui-bundle.js",
        swagger_css_url="docs/swagger-ui.css",
        swagger_favicon_url="favicon.svg",
    )
    own = re.findall(r"<script>(.*?)</script>", bytes(page.body).decode(), re.DOTALL)
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in own)
    headers = {
        "Content-Security-Policy": f"default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    page.headers.update(headers)

    @routes.get("/docs")
    async def docs() -> Response:
        """The page."""
        return page

    @routes.get("/docs/{name}")
    async def part(name: str) -> Response:
        """A part of it; anything else is not there."""
        if name not in PARTS:
            raise Refused(404, "not_found", "there is no such part of the page")
        data = (files("fastapi_offline") / "static" / name).read_bytes()
        return Response(
            data,
            media_type=PARTS[name],
            headers={"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"},
        )

    return routes
