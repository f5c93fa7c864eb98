"""The studio: the built web application at ``/``, its pages falling back to one file, with a strict content policy and
caching a browser can trust.

Everything is read into a table of addresses once, so that no address can ever name another file of this machine.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response

from phonofilm.server import threads
from phonofilm.server.errors import Refused

if TYPE_CHECKING:
    from phonofilm.jobs.service import Service

BUILT = Path(__file__).parents[2] / "studio"
"""Where the build puts it."""
PAGES = (
    "/library",
    "/clip/{id}",
    "/compare",
    "/arena",
    "/rate",
    "/templates",
    "/console",
    "/console/{page:path}",
    "/verify",
    "/s/{token}",
)
"""Addresses of pages, beside ``/``: each is the one HTML file, and the application finds out what to show."""
BESIDE = ("svg", "js", "png", "ico", "webmanifest", "txt")
"""Kinds of files that lie beside the page and not below ``/assets``."""
_TEXT = (".html", ".js", ".css", ".svg", ".json", ".webmanifest", ".txt", ".map")
_TYPES = {
    ".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml", ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}  # fmt: skip
MISSING = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Phonofilm</title>
<body><main><h1>The studio is not built yet</h1>
<p>The API works; see <a href="/docs">its documents</a>. To have the studio here, build it once, with Node 20.19 or newer:</p>
<pre>cd web
npm ci
npm run build</pre>
<p>Then load this page again. The wheel from a package index brings it along.</p></main></body></html>
"""  # noqa: E501


@dataclass(frozen=True, kw_only=True)
class Page:
    """A file as it goes out."""

    data: bytes
    packed: bytes | None
    """The same under gzip, where that is smaller."""
    content_type: str
    etag: str
    cache: str


class Built:
    """The files of a build by their addresses; read again when the build has changed."""

    def __init__(self, folder: Path, root: str = "") -> None:
        """``root``: the path the service lies below, such as ``/film``; the page is told."""
        self.folder, self.root = folder, root
        self._of: tuple[int, ...] | None = None
        self._pages: dict[str, Page] = {}

    def pages(self) -> dict[str, Page]:
        """Every address and its file; ``/`` is the page. {} where nothing is built."""
        try:
            changed = ((self.folder / "index.html").stat().st_mtime_ns, _when(self.folder / ".built-from"))
        except OSError:
            self._of, self._pages = None, {}
            return self._pages
        if changed != self._of:
            self._pages, self._of = _read(self.folder, self.root), changed
        return self._pages


def _when(path: Path) -> int:
    """The build writes its stamp last: what was read while it was still writing is read again then."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _read(folder: Path, root: str) -> dict[str, Page]:
    pages = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if (
            not path.is_file()
            or path.is_symlink()
            or any(part.startswith(".") for part in name.split("/"))
            or path.suffix == ".py"
        ):
            continue
        data = path.read_bytes()
        if name == "index.html":  # the same page at any depth: what lies beside it is named from the root
            told = html.escape(root, quote=True)
            data = data.replace(b'="./', f'="{told}/'.encode()).replace(
                b'name="phonofilm-root" content=""', f'name="phonofilm-root" content="{told}"'.encode()
            )
        packed = gzip.compress(data, 9, mtime=0) if path.suffix in _TEXT and len(data) > 512 else None
        hashed = re.search(r"-[A-Za-z0-9_-]{8,}\.\w+$", name) is not None and name.startswith("assets/")
        kind = _TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        pages["/" if name == "index.html" else f"/{name}"] = Page(
            data=data,
            packed=packed if packed and len(packed) < len(data) else None,
            content_type=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
            etag=f'"{hashlib.sha256(data).hexdigest()[:32]}"',
            cache="public, max-age=31536000, immutable" if hashed else "no-cache",
        )
    return pages


def policy(elsewhere: str = "") -> str:
    """The content policy of the pages: scripts from here alone.

    ``elsewhere``: the origins, if any, of the bucket and of the public address, whose signed links the player opens.
    Styles may stand in the document: the player's parts and the editor bring theirs along. ``blob:`` is the player's
    own memory.
    """
    there = f" {elsewhere}" if elsewhere else ""
    return (
        "default-src 'none'; script-src 'self'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; font-src"
        f" 'self'; img-src 'self' blob: data:{there}; media-src 'self' blob:{there}; connect-src 'self'{there};"
        " manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def router(service: Service, folder: Path, public: str = "") -> APIRouter:
    """``/``, the pages and the files of the build in ``folder``; none of it needs a key and none of it is in the API's
    description.

    ``public``: where clients reach the service, if that is set; its path is the pages' root, and its files may be shown
    on a page opened by another name.
    """
    routes = APIRouter(include_in_schema=False)
    there = urlsplit(public)
    built = Built(folder, there.path.rstrip("/"))
    signed = service.bucket.sign("studio", 60)
    origin = " ".join(f"{one.scheme}://{one.netloc}" for one in (urlsplit(signed or ""), there) if one.netloc)
    safe = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    }
    page_headers = {**safe, "Content-Security-Policy": policy(origin)}

    def answer(page: Page, request: Request, headers: dict[str, str]) -> Response:
        headers = {
            **headers,
            "Cache-Control": page.cache,
            "ETag": page.etag,
            "Content-Type": page.content_type,
            "Vary": "Accept-Encoding",
        }
        if page.etag in [
            part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")
        ]:
            return Response(status_code=304, headers=headers)
        if page.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(page.packed, headers={**headers, "Content-Encoding": "gzip"})
        return Response(page.data, headers=headers)

    async def page(request: Request) -> Response:
        """The application, or how to get it."""
        found = (await threads.run_sync(built.pages)).get("/")
        if found is None:
            return Response(
                MISSING,
                headers={**page_headers, "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"},
            )
        return answer(found, request, page_headers)

    for path in ("/", *PAGES):
        routes.add_api_route(path, page, methods=["GET", "HEAD"], name="page")

    @routes.api_route("/assets/{name:path}", methods=["GET", "HEAD"])
    async def asset(request: Request, name: str) -> Response:
        """A part of the application; the names of most say what is in them, so that they may be kept for ever."""
        return await part(request, f"/assets/{name}")

    async def beside(request: Request) -> Response:
        """The icon and its like, beside the page."""
        return await part(request, request.url.path)

    for kind in BESIDE:
        routes.add_api_route(f"/{{name}}.{kind}", beside, methods=["GET", "HEAD"], name="beside")

    async def part(request: Request, path: str) -> Response:
        found = (await threads.run_sync(built.pages)).get(path)
        if found is None or path == "/index.html":
            raise Refused(404, "not_found", "there is nothing at this path; see /docs for what there is")
        return answer(found, request, safe)

    return routes
