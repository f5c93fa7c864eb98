"""People at the proxy of ``benchmarks.ha``: who submits, polls, lists, follows, fetches, and what each was answered."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ENGINES = ("local", "vendor")
OPEN_JOBS = 8
"""Jobs that are kept on their way."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a client saw of one request. ``status`` 0: the line broke."""

    kind: str
    begun: float
    ended: float
    status: int
    said: str = ""


def ask(
    port: int,
    method: str,
    path: str,
    *,
    key: str = "",
    body: Any = None,
    headers: dict[str, str] | None = None,
    timeout: float = 120.0,
) -> tuple[int, bytes]:
    """(status, body); status 0 where the line broke, with what had come so far."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    read = b""
    try:
        data = None if body is None else json.dumps(body).encode()
        line.request(
            method,
            path,
            data,
            {"Authorization": f"Bearer {key}", "Content-Type": "application/json", **(headers or {})},
        )
        answer = line.getresponse()
        while block := answer.read(65536):
            read += block
        whole = answer.length in (None, 0)
        return (answer.status if whole else 0), read
    except (OSError, http.client.HTTPException):
        return 0, read
    finally:
        line.close()


class Clients:
    """One thread for each thing people do, two that poll."""

    def __init__(self, port: int, key: str) -> None:
        self.port, self.key = port, key
        self.answers: list[Answer] = []
        self.jobs: dict[str, str] = {}
        """Generation by the key it was asked with."""
        self.wrong: list[str] = []
        self.submitted = 0
        self._guard, self._over = threading.Lock(), threading.Event()
        acts: list[Callable[[], None]] = [self._submit, self._poll, self._poll, self._list, self._follow, self._fetch]
        self._threads = [threading.Thread(target=self._again, args=(act,), daemon=True) for act in acts]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(180)

    def _again(self, act: Callable[[], None]) -> None:
        while not self._over.wait(0.05):
            act()

    def request(self, kind: str, method: str, path: str, **more: Any) -> tuple[int, Any]:
        """One request through the proxy, kept with its times."""
        begun = time.monotonic()
        status, body = ask(self.port, method, path, key=self.key, **more)
        said = body[:120].decode(errors="replace") if status >= 500 else ""
        with self._guard:
            self.answers.append(Answer(kind=kind, begun=begun, ended=time.monotonic(), status=status, said=said))
        return status, body

    def _submit(self) -> None:
        if self._open() >= OPEN_JOBS:
            self._over.wait(0.3)
            return
        number = self.submitted
        self.submitted += 1
        body = {
            "prompt": f"A red ball bounces on a beach at dusk, take {number}.",
            "model": ENGINES[number % 2],
            "seed": number,
        }
        seen: set[str] = set()
        while True:
            status, answer = self.request(
                "submit", "POST", "/v1/generations", body=body, headers={"Idempotency-Key": f"ha-{number}"}
            )
            if 200 <= status < 300:
                seen.add(json.loads(answer)["id"])
                break
            if 0 < status < 500:
                self.wrong.append(f"submit {number} was answered {status}: {answer[:200]!r}")
                return
            time.sleep(0.5)
        status, answer = self.request(
            "submit again", "POST", "/v1/generations", body=body, headers={"Idempotency-Key": f"ha-{number}"}
        )
        if 200 <= status < 300:
            seen.add(json.loads(answer)["id"])
        if len(seen) > 1:
            self.wrong.append(f"submit {number} made {len(seen)} generations")
        with self._guard:
            self.jobs[f"ha-{number}"] = seen.pop()

    def _open(self) -> int:
        count = 0
        for state in ("queued", "running"):
            status, body = self.request("count", "GET", f"/v1/generations?limit=1&state={state}")
            count += int(json.loads(body)["total"]) if status == 200 else OPEN_JOBS
        return count

    def _one(self) -> str | None:
        with self._guard:
            known = list(self.jobs.values())
        return random.choice(known[-12:]) if known else None

    def _poll(self) -> None:
        if job := self._one():
            self.request("poll", "GET", f"/v1/generations/{job}")

    def _list(self) -> None:
        self.request("list", "GET", "/v1/generations?limit=20")
        self._over.wait(0.2)

    def _follow(self) -> None:
        if job := self._one():
            self.request("follow", "GET", f"/v1/generations/{job}/events")

    def _fetch(self) -> None:
        status, body = self.request("list", "GET", "/v1/generations?limit=5&state=succeeded")
        for one in json.loads(body)["data"] if status == 200 else ():
            status, clip = self.request("fetch", "GET", f"/v1/generations/{one['id']}/content")
            if status == 200 and b"ftyp" not in clip[:16]:
                self.wrong.append(f"what was fetched of {one['id']} is no MP4")
            elif 400 <= status < 500:
                self.wrong.append(f"a clip that succeeded was answered {status}")
        self._over.wait(0.5)
