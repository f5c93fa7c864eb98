"""``python -m benchmarks.idle``: what an installation costs that nobody uses, and one that a thousand clients only
listen to.

Processor time is read from the kernel's account of each process, so that a busy machine disturbs it little. The streams
are of two resting jobs.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
import urllib.request

from benchmarks.installation import Installation, installed

SETTLE = 15.0
"""Seconds after the start before anything is counted: imports and the first sweep."""
OPENING = 480.0
"""Seconds until all streams must be open."""


def shares(here: Installation, seconds: float) -> dict[str, float]:
    """Percent of one core each process takes, over so many seconds."""
    before, began = here.spent(), time.monotonic()
    time.sleep(seconds)
    after, took = here.spent(), time.monotonic() - began
    return {name: round(100 * (after[name] - before[name]) / took, 2) for name in before}


def latency(here: Installation, key: str, path: str, count: int = 60) -> tuple[float, float]:
    """Median and worst milliseconds of a GET, one after the other on connections of their own."""
    out = []
    for _ in range(count):
        request = urllib.request.Request(
            f"http://127.0.0.1:{here.port}{path}", headers={"Authorization": f"Bearer {key}"}
        )
        began = time.perf_counter()
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()
        out.append(1000 * (time.perf_counter() - began))
        time.sleep(0.05)
    return statistics.median(out), max(out)


async def listen(port: int, key: str, paths: list[str], opened: asyncio.Event, until: asyncio.Event) -> int:
    """Open a stream for each path and read whatever comes; how many bytes came."""
    read = 0

    async def one(path: str, gate: asyncio.Semaphore) -> None:
        nonlocal read
        async with gate:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head.partition(b"\r\n")[0]:
                raise SystemExit(f"a stream was refused: {head.decode()}")
            read += len(head) + len(await reader.readuntil(b"retry:"))
        ready.append(path)
        if len(ready) % 100 == 0:
            print(f"{len(ready)} of {len(paths)} streams are open", end="\r", file=sys.stderr, flush=True)
        if len(ready) == len(paths):
            opened.set()
        while chunk := await reader.read(65_536):
            read += len(chunk)

    ready: list[str] = []
    gate = asyncio.Semaphore(32)
    tasks = [asyncio.create_task(one(path, gate)) for path in paths]
    stop = asyncio.create_task(until.wait())
    done, _ = await asyncio.wait({*tasks, stop}, return_when=asyncio.FIRST_COMPLETED)
    if stop not in done:
        raise SystemExit(f"a stream ended by itself, {len(ready)} were open: {next(iter(done)).exception()!r}")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return read


def streams(here: Installation, key: str, count: int, seconds: float) -> None:
    """Print what ``count`` open event streams cost."""
    jobs = [
        here.call("POST", "/v1/generations", key, {"prompt": "A bell rings.", "model": "fake"})["id"] for _ in range(2)
    ]
    before, spent, began = here.resident("server"), here.spent()["server"], time.monotonic()

    async def measure() -> tuple[dict[str, float], tuple[float, float], float, int]:
        opened, until = asyncio.Event(), asyncio.Event()
        paths = [f"/v1/generations/{jobs[number % len(jobs)]}/events" for number in range(count)]
        listening = asyncio.create_task(listen(here.port, key, paths, opened, until))
        done, _ = await asyncio.wait(
            {listening, asyncio.create_task(opened.wait())}, timeout=OPENING, return_when=asyncio.FIRST_COMPLETED
        )
        if listening in done:
            await listening
        if not opened.is_set():
            raise SystemExit(
                f"after {OPENING:.0f} s not all streams are open; the server took {here.spent()['server'] - spent:.1f}"
                " s of processor time"
            )
        print(
            f"opened in {time.monotonic() - began:.0f} s, {1000 * (here.spent()['server'] - spent) / count:.1f} ms of"
            " the server's processor time each",
            flush=True,
        )
        await asyncio.sleep(5)
        cost = await asyncio.to_thread(shares, here, seconds)
        took = await asyncio.to_thread(latency, here, key, f"/v1/generations/{jobs[0]}")
        held = here.resident("server")
        until.set()
        return cost, took, held, await listening

    cost, (median, worst), held, read = asyncio.run(measure())
    print(
        f"{count} open event streams: server {cost['server']} % of a core, {held - before:.0f} MB more "
        f"({1000 * (held - before) / count:.0f} kB each), "
        f"a GET {median:.1f} ms at the median, {worst:.1f} ms at most; "
        f"{read / count:.0f} bytes read by each"
    )


def main(argv: list[str] | None = None) -> int:
    """Prints; 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.idle", description=__doc__)
    parser.add_argument(
        "--database", action="append", help="sqlite, postgres (a private cluster) or a URL; default sqlite"
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="0: the streams alone")
    parser.add_argument("--streams", type=int, default=1000)
    args = parser.parse_args(argv)
    for database in args.database or ["sqlite"]:
        for apart in (False, True) if args.seconds else ():
            with installed(database, apart=apart) as here:
                time.sleep(SETTLE)
                cost = shares(here, args.seconds)
                told = ", ".join(f"{name} {share} %" for name, share in cost.items())
                print(
                    f"{database}, worker {'apart' if apart else 'inside'}, idle for {args.seconds:.0f} s: {told} of a"
                    " core",
                    flush=True,
                )
        if args.streams:
            with installed(
                database, apart=True, requests_per_minute=0, engines={"elsewhere": {"kind": "fake"}, "fake": {}}
            ) as here:
                here.processes["worker"].terminate()  # what is queued rests
                here.processes["worker"].wait(30)
                del here.processes["worker"]
                streams(here, here.key("listener"), args.streams, min(args.seconds or 30.0, 30.0))
    return 0


if __name__ == "__main__":
    sys.exit(main())
