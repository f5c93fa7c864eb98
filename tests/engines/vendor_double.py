"""A vendor that misbehaves on purpose: a real HTTP server on loopback that speaks Ark's and OpenAI's video protocols,
and breaks them on request."""

from __future__ import annotations

import json
import socket
import threading
from collections import defaultdict
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

ARK = "/api/v3/contents/generations/tasks"
VIDEOS = "/v1/videos"


class Double:
    """``plan[what]`` holds what the next calls of that kind meet; ``what`` is create, get, list, delete or file. An
    empty plan: all goes well.

    An entry is a (status, body, headers) triple or one of: ``hang``, ``reset`` (the connection is cut after the request
    was read and *done*), ``garbage``, ``no id``, ``same id``, ``taken 500`` (the task is made, the answer is 500),
    ``drip`` (one byte a moment), and for files ``cut`` (fewer bytes than promised), ``short`` (half a file, honestly
    counted), ``huge``, ``elsewhere`` (a redirect).
    """

    def __init__(self, clip: Path) -> None:
        self.path, self.clip = clip, clip.read_bytes()
        self.plan: dict[str, list[Any]] = defaultdict(list)
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.tasks: dict[str, dict[str, Any]] = {}
        self.polls_until_done = 1
        self.outcome: dict[str, Any] = {"status": "succeeded"}
        self.echoes = True
        self.understates = 0
        self.fresh = 0
        self.ended = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.files = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.files.daemon_threads = True
        self.threads = [
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
            for server in (self.server, self.files)
        ]
        for thread in self.threads:
            thread.start()

    @property
    def ark(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/api/v3"

    @property
    def videos(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    @property
    def file_host(self) -> str:
        return f"http://127.0.0.1:{self.files.server_port}"

    def close(self) -> None:
        self.ended.set()
        for server, thread in zip((self.server, self.files), self.threads):
            server.shutdown()
            server.server_close()
            thread.join()

    def calls(self, method: str, part: str = "") -> list[tuple[str, str, dict[str, str], bytes]]:
        return [call for call in self.seen if call[0] == method and part in call[1]]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                return

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:
                    return

            def do_POST(self) -> None:
                double.answer(self, "create")

            def do_DELETE(self) -> None:
                double.answer(self, "delete")

            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                double.answer(
                    self,
                    (
                        "file"
                        if path.startswith("/files/") or path.endswith("/content")
                        else "list"
                        if path in (ARK, VIDEOS)
                        else "get"
                    ),
                )

        return Handler

    def answer(self, call: BaseHTTPRequestHandler, what: str) -> None:
        body = call.rfile.read(int(call.headers.get("content-length") or 0))
        self.seen.append((call.command, call.path, {name.lower(): value for name, value in call.headers.items()}, body))
        trick = self.plan[what].pop(0) if self.plan[what] else None
        if trick == "hang":
            self.ended.wait(20)
            call.close_connection = True
            return
        if isinstance(trick, tuple):
            status, text, headers = trick
            return self.send(call, status, text if isinstance(text, bytes) else json.dumps(text).encode(), **headers)
        status, text = getattr(self, f"_{what}")(call, body, trick)
        if trick == "reset":
            call.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            call.connection.close()
            call.close_connection = True
        elif trick == "taken 500":
            self.send(call, 500, b"{}")
        elif trick == "garbage":
            self.send(call, 200, b'{"id": "cut off')
        elif trick == "drip":
            self._drip(call)
        elif status:
            self.send(call, status, text)

    def send(
        self, call: BaseHTTPRequestHandler, status: int, text: bytes, length: int | None = None, **headers: str
    ) -> None:
        call.send_response(status)
        for name, value in headers.items():
            call.send_header(name.replace("_", "-"), value)
        call.send_header("content-length", str(len(text) if length is None else length))
        call.end_headers()
        call.wfile.write(text)
        if length is not None:
            call.close_connection = True

    def _drip(self, call: BaseHTTPRequestHandler) -> None:
        call.send_response(200)
        call.send_header("content-length", "100000")
        call.end_headers()
        while not self.ended.wait(0.1):
            call.wfile.write(b" ")
            call.wfile.flush()

    def _create(self, call: BaseHTTPRequestHandler, body: bytes, trick: Any) -> tuple[int, bytes]:
        ark = call.path.startswith(ARK)
        said = (
            json.loads(body)
            if call.headers.get_content_type() == "application/json"
            else form(call.headers["content-type"], body)
        )
        number = (
            next(iter(self.tasks)) if trick == "same id" else f"{'cgt-2026-' if ark else 'video_'}{len(self.tasks) + 1}"
        )
        self.tasks[number] = {"said": said, "polls": 0, "ark": ark, "created_at": len(self.tasks) + 1, "state": None}
        return 200, json.dumps({} if trick == "no id" else {"id": number, "status": "queued"}).encode()

    def _get(self, call: BaseHTTPRequestHandler, body: bytes, trick: Any) -> tuple[int, bytes]:
        number = urlsplit(call.path).path.rsplit("/", 1)[1]
        if number not in self.tasks:
            return 404, b'{"error": {"code": "NotFound.task", "message": "no such task"}}'
        task = self.tasks[number]
        task["polls"] += 1
        return 200, json.dumps(self.shown(number, task)).encode()

    def shown(self, number: str, task: dict[str, Any]) -> dict[str, Any]:
        done = task["polls"] >= self.polls_until_done
        shown: dict[str, Any] = {"id": number, "status": "running", "created_at": task["created_at"], "progress": 40}
        if task["state"]:
            shown["status"] = task["state"]
        elif done:
            shown |= self.outcome
        if not task["ark"]:
            shown["status"] = {"succeeded": "completed", "running": "in_progress"}.get(shown["status"], shown["status"])
        elif shown["status"] == "succeeded":
            self.fresh += 1
            shown["content"] = {"video_url": f"{self.file_host}/files/{number}.mp4?sign=secret-{self.fresh}"}
            shown["usage"] = {"completion_tokens": 108900, "total_tokens": 108900}
        if self.echoes and isinstance(task["said"], dict) and task["said"].get("safety_identifier"):
            shown["safety_identifier"] = task["said"]["safety_identifier"]
        return shown

    def _list(self, call: BaseHTTPRequestHandler, body: bytes, trick: Any) -> tuple[int, bytes]:
        query = parse_qs(urlsplit(call.path).query)
        page, size = int(query.get("page_num", ["1"])[0]), int(query.get("page_size", ["10"])[0])
        every = [self.shown(number, task) for number, task in self.tasks.items()][::-1]
        if trick == "empty page":
            return 200, json.dumps({"items": [], "total": len(every) + 1}).encode()
        return (
            200,
            json.dumps(
                {"items": every[(page - 1) * size : page * size], "total": len(every) + self.understates}
            ).encode(),
        )

    def _delete(self, call: BaseHTTPRequestHandler, body: bytes, trick: Any) -> tuple[int, bytes]:
        number = urlsplit(call.path).path.rsplit("/", 1)[1]
        self.tasks[number]["state"] = "cancelled"
        return 200, b"{}"

    def _file(self, call: BaseHTTPRequestHandler, body: bytes, trick: Any) -> tuple[int, bytes]:
        if trick == "cut":
            self.send(call, 200, self.clip[: len(self.clip) // 2], length=len(self.clip))
            return 0, b""
        if trick == "short":
            return 200, self.clip[: len(self.clip) * 2 // 3]
        if trick == "huge":
            return 200, self.clip * 50
        if trick == "elsewhere":
            self.send(call, 302, b"", location=f"{self.file_host}/files/moved.mp4")
            return 0, b""
        return 200, self.clip


def form(kind: str, body: bytes) -> dict[str, Any]:
    """A multipart form as {name: text, or (file name, type, bytes)}."""
    parsed = BytesParser().parsebytes(b"content-type: " + kind.encode() + b"\r\n\r\n" + body)
    found: dict[str, Any] = {}
    for part in parsed.get_payload():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        found[name] = (part.get_filename(), part.get_content_type(), data) if part.get_filename() else data.decode()
    return found
