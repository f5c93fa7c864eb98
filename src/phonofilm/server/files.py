"""Files on their way out: links signed for a while, ranges, cache headers a CDN can use, and playlists whose parts keep
their signature.

Every link is one of ours, wherever the files lie, so that what is hidden (taken down, blocked, under hold, its share
taken back) is out of reach with the next request:

    /media/<key>?exp=<unix seconds>&sig=<HMAC-SHA256>                   a file of a clip or an upload
    /media/<key>?exp=<unix seconds>&share=<id>&sig=<HMAC-SHA256>        the same, and only as long as that share is open

Caches between may keep the bytes and must ask here before they hand them out again. Where an operator allows it
(``store_links``), a request is sent on to the cloud bucket's own link, which nobody can take back for those seconds.
"""

from __future__ import annotations

import hashlib
import hmac
import posixpath
import re
import time
from collections.abc import AsyncIterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from phonofilm.jobs.library import shares
from phonofilm.jobs.store.stored import Stored, file
from phonofilm.server import threads
from phonofilm.server.errors import Refused

if TYPE_CHECKING:
    from phonofilm.jobs.store.database import Database
    from phonofilm.server.settings import Settings
    from phonofilm.storage.bucket import Bucket

CHUNK = 1 << 20
TYPES = {
    ".mp4": "video/mp4", ".m4s": "video/iso.segment", ".mov": "video/quicktime", ".webm": "video/webm",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".vtt": "text/vtt; charset=utf-8", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg",
    ".webp": "image/webp", ".wav": "audio/wav",
    ".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".c2pa": "application/c2pa", ".json": "application/json",
}  # fmt: skip
"""What a browser must be told, whatever the row says; anything else is handed over as bytes."""
CACHE = "public, max-age=0"
"""May be kept by anybody on the way, but not handed out again before we were asked: a clip may be taken down at any
moment."""
_ROUND = 3600


class Links:
    """Makes and checks links to files of the bucket."""

    def __init__(self, bucket: Bucket, settings: Settings) -> None:
        self.bucket, self.public_url, self.seconds = bucket, settings.public_url.rstrip("/"), settings.link_seconds
        self._reached = settings.reached()
        self.store_seconds = settings.store_links
        self._key = settings.signing_key()

    def url(self, key: str, *, base: str = "", seconds: int | None = None, share: str = "") -> str:
        """A link that works for ``seconds`` (as set, by default a day). ``base`` is the address the caller reached us
        at, where no public one is set.

        Links of an hour and more end on the full hour, so that the same file keeps the same link for a while and caches
        can hold it. With ``share`` it works no longer than that share is open.
        """
        seconds = self.seconds if seconds is None else seconds
        ends = int(time.time()) + seconds
        if seconds >= _ROUND:
            ends = -(-ends // _ROUND) * _ROUND
        return f"{self.address(key, base)}?{self.query(key, ends, share)}"

    def address(self, key: str, base: str = "") -> str:
        """Where a file is, without what lets anybody have it."""
        return f"{self.public_url or base.rstrip('/') or self._reached}/media/{quote(key)}"

    def query(self, key: str, ends: int, share: str = "") -> str:
        """``exp=...&sig=...`` for a key."""
        return f"exp={ends}{f'&share={share}' if share else ''}&sig={self._signature(key, ends, share)}"

    def check(self, key: str, exp: str, sig: str, share: str = "") -> int:
        """When the link ends. Raises Refused (403) for a link we did not make or that has ended."""
        if not re.fullmatch(r"\d{1,12}", exp) or not hmac.compare_digest(
            self._signature(key, int(exp), share).encode(), sig.encode()
        ):
            raise Refused(
                403,
                "forbidden",
                "this link was not made here or was changed; ask for the generation again to get a new one",
                field="sig",
            )
        if int(exp) <= time.time():
            raise Refused(
                403, "expired", "this link has ended; ask for the generation again to get a new one", field="exp"
            )
        return int(exp)

    def in_store(self, key: str, ends: int) -> str | None:
        """The cloud bucket's own link, where the operator lets requests be sent on to it; None: the file is served from
        here."""
        if self.store_seconds <= 0:
            return None
        return self.bucket.sign(key, max(1, min(self.store_seconds, ends - int(time.time()))))

    def _signature(self, key: str, ends: int, share: str = "") -> str:
        said = f"media\n{key}\n{ends}" + (f"\n{share}" if share else "")
        return hmac.new(self._key, said.encode(), hashlib.sha256).hexdigest()


async def serve(bucket: Bucket, stored: Stored, request: Request, *, cache: str, download: str = "") -> Response:
    """A stored file as an answer: whole, a range, or 304. Raises Refused (416) for a range outside the file."""
    tag = f'"{stored.sha256[:32]}"'
    headers = {
        "Accept-Ranges": "bytes", "ETag": tag, "Cache-Control": cache, "X-Content-Type-Options": "nosniff",
        "Content-Type": content_type(stored),
        "Cross-Origin-Resource-Policy": "cross-origin", "Content-Security-Policy": "sandbox",
    }  # fmt: skip
    if download:
        headers["Content-Disposition"] = f'attachment; filename="{re.sub(r"[^A-Za-z0-9._-]", "_", download)}"'
    if tag in [part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    size, first, last, status = stored.bytes, 0, stored.bytes - 1, 200
    wanted = request.headers.get("range", "")
    if wanted and request.headers.get("if-range", tag) == tag:
        span = byte_range(wanted, size)
        if span:
            (first, last), status = span, 206
            headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    headers["Content-Length"] = str(last - first + 1)
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    # the first part is here before the answer begins: a bucket that is away is a 503, not a 200 that breaks off
    part = (
        await threads.run_sync(bucket.part, stored.key, first, min(first + CHUNK, last + 1), lane="files")
        if size
        else b""
    )
    return StreamingResponse(
        _chunks(bucket, stored.key, part, first + len(part), last + 1), status_code=status, headers=headers
    )


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a single range; None for what a server may ignore (other units, several ranges,
    nonsense)."""
    found = re.fullmatch(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", header, re.IGNORECASE)
    if not found or not (found[1] or found[2]):
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        first, last = size - length, size - 1
    else:
        first, last = int(found[1]), min(int(found[2]) if found[2] else size - 1, size - 1)
        if found[2] and int(found[2]) < first:
            return None
    if first >= size or first > last:
        error = Refused(
            416, "range_not_satisfiable", f"the file has {size} bytes; ask for a range inside it", field="Range"
        )
        error.headers = {"Content-Range": f"bytes */{size}"}  # type: ignore[attr-defined]
        raise error
    return first, last


def content_type(stored: Stored) -> str:
    """The type a browser is told: by the name's end, never HTML or script, whatever a stranger called their file."""
    return TYPES.get(PurePosixPath(stored.key).suffix.lower(), "application/octet-stream")


async def _chunks(bucket: Bucket, key: str, begun: bytes, start: int, end: int) -> AsyncIterator[bytes]:
    yield begun
    while start < end:
        part = await threads.run_sync(bucket.part, key, start, min(start + CHUNK, end), lane="files")
        if not part:
            raise OSError(f"{key} ends early")
        yield bytes(part)
        start += len(part)


def playlist(text: str, key: str, links: Links, ends: int, share: str = "") -> str:
    """A playlist with every address in it signed as its own was. Addresses outside the job's folder are refused."""
    folder, root = posixpath.dirname(key), key.split("/hls/")[0] + "/"

    def signed(uri: str) -> str:
        part = posixpath.normpath(posixpath.join(folder, uri.split("?")[0]))
        if "://" in uri or not part.startswith(root):
            raise Refused(500, "internal_error", "the playlist names a file outside its folder")
        return f"{uri.split('?')[0]}?{links.query(part, ends, share)}"

    lines = []
    for line in text.splitlines():
        if line.startswith("#"):
            lines.append(re.sub(r'URI="([^"]+)"', lambda found: f'URI="{signed(found[1])}"', line))
        else:
            lines.append(signed(line.strip()) if line.strip() else line)
    return "\n".join(lines) + "\n"


def router(db: Database, bucket: Bucket, links: Links) -> APIRouter:
    """The media route."""
    routes = APIRouter(tags=["files"])

    def look(key: str, share: str) -> Stored | None:
        if share and not shares.is_open(db, share, key):
            raise Refused(
                410,
                "removed",
                "this link has expired or was taken back; ask whoever sent it for a new one",
                field="share",
            )
        return file(db, key)

    @routes.head("/media/{key:path}", include_in_schema=False)
    @routes.get(
        "/media/{key:path}",
        summary="A file by its signed link",
        response_class=Response,
        responses={
            200: {"description": "the file"},
            206: {"description": "a range of it"},
            304: {"description": "unchanged"},
            403: {"description": "not our link, or ended"},
            404: {"description": "deleted"},
            410: {"description": "the share was taken back"},
            416: {"description": "no such range"},
        },
    )
    async def media(key: str, request: Request, exp: str = "", sig: str = "", share: str = "") -> Response:
        """Links come with a generation's outputs. Ranges, HEAD and conditional requests work; playlists hand the
        signature on to their parts."""
        ends = links.check(key, exp, sig, share)
        stored = await threads.run_sync(look, key, share, lane="files")
        if stored is None:
            raise Refused(404, "not_found", "this file was deleted")
        if key.endswith(".m3u8"):
            text = (await threads.run_sync(bucket.read, key, 0, stored.bytes, lane="files")).decode()
            headers = {
                "Cache-Control": CACHE,
                "X-Content-Type-Options": "nosniff",
                "Cross-Origin-Resource-Policy": "cross-origin",
            }
            return Response(playlist(text, key, links, ends, share), media_type=TYPES[".m3u8"], headers=headers)
        cloud = links.in_store(key, ends)
        if cloud:
            return RedirectResponse(cloud, 307, headers={"Cache-Control": "no-store"})
        return await serve(bucket, stored, request, cache=CACHE)

    return routes
