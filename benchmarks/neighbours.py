"""``python -m benchmarks.neighbours``: one tenant does its worst, and what another one notices of it.

A real server and a worker; limits of requests are off, so that nothing softens the attacks. Each attack runs in a
process of its own for three rounds, one after the other on the same installation, with what the earlier ones left
behind; meanwhile another tenant reads (a generation, a page of its list, its usage, every 50 ms in turn). Of each round
the slowest GET counts, and of the three rounds the median. Beside it: how long that tenant's clip, and the message
about it, took under the attack.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import multiprocessing
import os
import random
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks.installation import Installation, installed

Attack = Callable[["Attacker"], Awaitable[None]]
MOST = 500.0
"""Milliseconds that a GET may take."""
PAUSE = 0.05


class Attacker:
    """What an attack has at hand: raw connections, so that it costs the server more than itself."""

    def __init__(self, port: int, key: str, tarpit: int) -> None:
        self.port, self.key, self.tarpit = port, key, tarpit

    async def ask(self, method: str, path: str, body: bytes = b"", *, key: bool = True) -> bytes:
        """One request on a connection of its own; the answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            who = f"Authorization: Bearer {self.key}\r\n" if key else ""
            writer.write(
                f"{method} {path} HTTP/1.1\r\nHost: x\r\n{who}"
                f"Connection: close\r\nContent-Length: {len(body)}\r\n".encode()
            )
            writer.write(b"Content-Type: application/json\r\n\r\n")
            with suppress(OSError):
                for begin in range(0, len(body), 1 << 16):
                    writer.write(body[begin : begin + (1 << 16)])
                    await writer.drain()
            return await reader.read()
        finally:
            writer.close()

    async def many(self, count: int, act: Callable[[], Awaitable[Any]]) -> None:
        """``act`` over and over, so many at a time."""

        async def over_and_over() -> None:
            while True:
                try:
                    await act()
                except OSError:
                    await asyncio.sleep(0.05)

        await asyncio.gather(*(over_and_over() for _ in range(count)))


async def bodies(a: Attacker) -> None:
    """JSON of nested arrays without a key: 60 MB, and as much as the route takes."""
    large, small = b'{"reason": [' + b"[]," * 20_000_000 + b"[]]}", b'{"reason": [' + b"[]," * 43_000 + b"[]]}"
    turn = iter(range(10**9))
    await a.many(6, lambda: a.ask("POST", "/v1/notices", large if next(turn) % 6 == 0 else small, key=False))


async def addresses(a: Attacker) -> None:
    """45 assets at a time from addresses that never answer."""
    body = json.dumps({"url": f"http://127.0.0.1:{a.tarpit}/slow.png"}).encode()
    await a.many(45, lambda: a.ask("POST", "/v1/assets", body))


async def searches(a: Attacker) -> None:
    """Searches of many rows and sums of usage, 24 at a time."""
    paths = [
        "/v1/generations?search=a",
        "/v1/generations?search=red+ball+rolls+over+a+beach+at+dusk",
        "/v1/usage",
        "/v1/generations?limit=100&state=succeeded",
    ]
    await a.many(24, lambda: a.ask("GET", random.choice(paths)))


async def priorities(a: Attacker) -> None:
    """Submits with priority 9, eight at a time."""
    await a.many(
        8,
        lambda: a.ask(
            "POST", "/v1/generations", json.dumps({"prompt": "A bell rings.", "model": "slow", "priority": 9}).encode()
        ),
    )


async def cuts(a: Attacker) -> None:
    """Prompts of 5,000 characters that are all cuts, to submit and to lint, eight at a time."""
    prompt = ("cut to " * 1000)[:4990] + "a ball."
    lint, submit = json.dumps({"prompt": prompt}).encode(), json.dumps({"prompt": prompt, "model": "slow"}).encode()
    await a.many(8, lambda: a.ask("POST", *random.choice([("/v1/lint", lint), ("/v1/generations", submit)])))


async def webhooks(a: Attacker) -> None:
    """Twenty webhooks on a tarpit, and jobs whose 300 messages and more go there."""
    for number in range(20):
        await a.ask("POST", "/v1/webhooks", json.dumps({"url": f"http://127.0.0.1:{a.tarpit}/{number}"}).encode())
    for _ in range(40):
        await a.ask("POST", "/v1/generations", json.dumps({"prompt": "A bell rings.", "model": "slow"}).encode())
    await asyncio.sleep(3600)


async def streams(a: Attacker) -> None:
    """A thousand open event streams of two queued jobs, opened as fast as it goes."""
    ids: list[str] = []
    while len(ids) < 2:
        answer = await a.ask(
            "POST", "/v1/generations", json.dumps({"prompt": "A bell rings.", "model": "slow"}).encode()
        )
        body = json.loads(answer.partition(b"\r\n\r\n")[2])
        if "id" in body:
            ids.append(body["id"])
            continue
        await asyncio.sleep(0.2)  # an attack before this one may have filled the queue

    async def one(path: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", a.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {a.key}\r\n\r\n".encode())
        while await reader.read(65_536):
            pass

    await asyncio.gather(
        *(one(f"/v1/generations/{ids[number % 2]}/events") for number in range(1000)), return_exceptions=True
    )
    await asyncio.sleep(3600)


async def nothing(a: Attacker) -> None:
    """Nobody attacks."""
    await asyncio.sleep(3600)


ATTACKS: dict[str, Attack] = {
    "nothing": nothing, "bodies": bodies, "addresses": addresses, "searches": searches, "priorities": priorities,
    "cuts": cuts, "webhooks": webhooks,
    "streams": streams,
}  # fmt: skip


def attack(name: str, port: int, key: str, tarpit: int) -> None:
    """The attacker's process."""
    os.nice(5)  # both share this machine, and it is the server that is measured
    asyncio.run(ATTACKS[name](Attacker(port, key, tarpit)))  # type: ignore[arg-type]


@contextmanager
def tarpit() -> Iterator[int]:
    """A port that takes connections and says nothing; its number."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(4096)
        yield listener.getsockname()[1]


@contextmanager
def mailbox() -> Iterator[tuple[int, dict[str, float]]]:
    """A quick receiver of messages: its port, and when which generation's end came."""
    came: dict[str, float] = {}

    class Box(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = json.loads(self.rfile.read(int(self.headers["content-length"])))["data"]
            came[data["id"]] = time.time()
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Box)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1], came
    finally:
        server.shutdown()


class Quiet:
    """The other tenant: reads every 50 ms, and has a clip made now and then."""

    def __init__(self, here: Installation, mail: int, came: dict[str, float]) -> None:
        self.here, self.key, self.came = here, here.key("quiet"), came
        here.call(
            "POST", "/v1/webhooks", self.key, {"url": f"http://127.0.0.1:{mail}/", "events": ["generation.succeeded"]}
        )
        self.clip(120.0)  # the worker's first loads what all others need
        own = here.call("GET", "/v1/generations?limit=1", self.key)["data"][0]["id"]
        self.paths = [f"/v1/generations/{own}", "/v1/generations?limit=20", "/v1/usage"]

    def reads(self, seconds: float) -> list[float]:
        """Milliseconds of each GET, on a connection that is kept; one that fails counts as the whole time."""
        out: list[float] = []
        until = time.monotonic() + seconds
        link = http.client.HTTPConnection("127.0.0.1", self.here.port, timeout=seconds)
        while time.monotonic() < until:
            began = time.perf_counter()
            try:
                link.request(
                    "GET", self.paths[len(out) % len(self.paths)], headers={"Authorization": f"Bearer {self.key}"}
                )
                answer = link.getresponse()
                answer.read()
                out.append(1000 * (time.perf_counter() - began) if answer.status == 200 else 1000 * seconds)
            except OSError:
                out.append(1000 * seconds)
                link.close()
            time.sleep(PAUSE)
        link.close()
        return out

    def clip(self, patience: float) -> tuple[float, float]:
        """Seconds from a submit to the clip, and from its end to the message about it; infinite where it took longer
        than ``patience``."""
        began = time.monotonic()
        made = self.here.call(
            "POST", "/v1/generations", self.key, {"prompt": "A red ball bounces.", "model": "fake", "duration": 4}
        )
        while (job := self.here.call("GET", f"/v1/generations/{made['id']}", self.key))["state"] in (
            "queued",
            "running",
        ):
            if time.monotonic() - began > patience:
                return float("inf"), float("inf")
            time.sleep(0.05)
        took = time.monotonic() - began
        while made["id"] not in self.came:
            if time.monotonic() - began > patience:
                return took, float("inf")
            time.sleep(0.05)
        return took, max(0.0, self.came[made["id"]] - job["finished"])


@contextmanager
def crowded(database: str, rows: int, *private: int) -> Iterator[Installation]:
    """An installation with so many jobs on record, half of them the attacker's, whose limits are off; messages and
    fetches may go to ``private`` ports."""
    given = {
        "requests_per_minute": 0, "uploads_per_minute": 0, "visits_per_minute": 0, "package": False,
        "fetch_allow": [f"127.0.0.1:{port}" for port in private],
        "engines": {"fake": {}, "slow": {"kind": "fake", "behaviour": "slow", "seconds": 3.0}},
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="phonofilm-prices-") as folder:
        prices = Path(folder) / "prices.toml"
        prices.write_text('version = "neighbours"\n[engines.slow]\nlike = "fake"\n')
        with installed(database, **given, prices=str(prices)) as here:
            _filled(here, rows)
            yield here


def _filled(here: Installation, rows: int) -> None:
    from benchmarks.crowd import crowd
    from phonofilm.jobs.store.database import Database
    from phonofilm.jobs.store.tables import Tenant

    db = Database(here.database)
    try:
        crowd(db, rows, main=0.5)
        with db.session() as session:
            session.get_one(Tenant, "main").settings = {"daily_clips": None, "open_jobs": None}
    finally:
        db.close()
    # an attack whose submits are refused is none
    here.call("POST", "/v1/generations", here.key("main"), {"prompt": "A bell rings.", "model": "slow", "priority": 9})


def measure(here: Installation, name: str, slow: int, quiet: Quiet, seconds: float) -> dict[str, Any]:
    """One attack's figures."""
    attacker = multiprocessing.get_context("spawn").Process(
        target=attack, args=(name, here.port, here.key("main"), slow), daemon=True
    )
    attacker.start()
    try:
        time.sleep(3.0)
        rounds = [quiet.reads(seconds) for _ in range(3)]
        made, told = quiet.clip(60.0)
        alive = attacker.is_alive()
    finally:
        attacker.kill()
        attacker.join()
    every = sorted(one for each in rounds for one in each)
    return {
        "attack": name,
        "gets": len(every),
        "median": statistics.median(every),
        "p99": every[int(0.99 * len(every))],
        "worst": statistics.median(max(each) for each in rounds),
        "clip": made,
        "message": told,
        "attacked": alive,
    }


def main(argv: list[str] | None = None) -> int:
    """0 where the slowest GET of the median round stayed under half a second in every attack; 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.neighbours", description=__doc__)
    parser.add_argument("--attack", choices=tuple(ATTACKS), action="append", help="default: each in turn")
    parser.add_argument("--database", default="sqlite", help="sqlite, postgres (a private cluster) or a URL")
    parser.add_argument("--rows", type=int, default=50_000, help="jobs on record, half of them the attacker's")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each round")
    args = parser.parse_args(argv)
    print(
        f"{args.database}, {args.rows} jobs on record, three rounds of {args.seconds:g} s, load"
        f" {os.getloadavg()[0]:.1f}"
    )
    print(
        "| attack | GETs | median | p99 | slowest, median of three rounds | own clip | its message"
        " |\n|---|---|---|---|---|---|---|"
    )
    good = True
    with tarpit() as slow, mailbox() as (mail, came), crowded(args.database, args.rows, slow, mail) as here:
        quiet = Quiet(here, mail, came)
        for name in args.attack or ATTACKS:
            row = measure(here, name, slow, quiet, args.seconds)
            good = good and row["worst"] <= MOST and row["attacked"]
            gets = f"{row['gets']} | {row['median']:.1f} ms | {row['p99']:.0f} ms | {row['worst']:.0f} ms"
            print(
                f"| {name} | {gets} | {row['clip']:.1f} s | {row['message']:.1f} s"
                f" |{'' if row['attacked'] else ' it ended by itself'}",
                flush=True,
            )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
