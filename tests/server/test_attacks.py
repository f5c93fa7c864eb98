"""One caller does its worst, and nobody else notices: bodies, slow strangers, long lines."""

import asyncio
import json
import socket
import time

import anyio
import httpx2
import pytest
from sqlalchemy import text

from phonofilm.jobs.accounts import keys
from phonofilm.server import bodies, threads
from phonofilm.server.app import BEGUN_AT_A_TIME, Edge
from phonofilm.server.errors import Refused
from phonofilm.server.settings import Settings

from .conftest import start


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    server, stop = start(
        tmp_path_factory.mktemp("attacks"),
        worker=False,
        visits_per_minute=3,
        requests_per_minute=2,
        fetch_allow=("127.0.0.1",),
    )
    yield server
    stop()


def nested(size: int) -> bytes:
    return b'{"reason": [' + b",".join([b"[]"] * (size // 3)) + b"]}"


@pytest.mark.parametrize(
    "path", ["/v1/notices", "/v1/consents", "/v1/webhooks", "/v1/lint", "/v1/session", "/v1/admin/keys", "/v1/preview"]
)
def test_a_route_that_expects_no_file_takes_little(busy, path):
    with busy.client() as client:
        answer = client.post(path, content=nested(1_000_000), headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


def test_a_body_is_refused_by_its_word_before_a_byte_of_it_is_read(busy):
    host, port = busy.base.removeprefix("http://").split(":")

    async def ask() -> bytes:
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"POST /v1/notices HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length:"
            b" 67108864\r\n\r\n"
        )
        answer = await asyncio.wait_for(reader.read(100), 30)
        writer.close()
        return answer

    assert b" 413 " in asyncio.run(ask())


def test_a_body_of_many_values_is_cut_off_while_it_comes(busy):
    """A million values hold the event loop for a second; a long string does not."""

    def stream():
        yield b'{"prompt": "a", "references": ['
        for _ in range(100):
            yield b"[]," * 10_000

    with busy.client(busy.make_key(user="values")) as client:
        try:
            answer = client.post("/v1/generations", content=stream(), headers={"Content-Type": "application/json"})
            assert answer.status_code == 400 and "values" in answer.text
        except httpx2.TransportError:  # it hung up on us while we were still sending
            pass
        text = json.dumps(
            {"prompt": "a", "references": [{"kind": "image", "url": "data:image/png;base64," + "A" * 3_000_000}]}
        )
        answer = client.post("/v1/generations", content=text, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400 and answer.json()["error"]["field"].startswith(
            "references[0]"
        )  # read, and no picture


def test_limits_are_looked_at_before_the_body(busy):
    big = json.dumps({"prompt": "a" * 50_000}).encode()
    with busy.client(busy.make_key(user="limited")) as client:
        codes = [client.post("/v1/generations", json={"prompt": "A ball."}).status_code for _ in range(2)]
        assert codes == [201, 201]
        answer = client.post("/v1/generations", content=big, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "rate_limited")
    with httpx2.Client(base_url=busy.base, timeout=60) as nobody:
        for _ in range(3):
            nobody.post("/v1/notices", json={})
        answer = nobody.post("/v1/notices", content=b"{" + b" " * 60_000, headers={"Content-Type": "application/json"})
        assert answer.status_code == 429  # not 400: it was not read


def test_slow_addresses_of_one_tenant_leave_everybody_their_threads(busy):
    """Forty-five addresses that never answer: the same tenant and others still read and list."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/slow.png"
    key, other = busy.make_key(user="slow"), busy.make_key(tenant="other", user="quick")

    async def all_at_once():
        async with httpx2.AsyncClient(base_url=busy.base, timeout=60) as client:
            tasks = [
                asyncio.ensure_future(
                    client.post("/v1/assets", json={"url": url}, headers={"Authorization": f"Bearer {key}"})
                )
                for _ in range(45)
            ]
            await asyncio.sleep(1.0)
            for one in (key, other):
                answer = await client.get("/v1/generations", headers={"Authorization": f"Bearer {one}"})
                assert answer.status_code == 200
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    try:
        asyncio.run(all_at_once())
    finally:
        listener.close()


def test_a_lane_gives_each_a_share_and_refuses_an_endless_line():
    async def scenario():
        shares = threads.Shares(2, line=3)
        running, seen, most = 0, [], 0

        async def one(name):
            nonlocal running, most
            async with shares.place(name):
                running += 1
                most = max(most, running)
                await anyio.sleep(0.01)
                running -= 1
                seen.append(name)

        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(one, "greedy")
            await anyio.sleep(0)
            with pytest.raises(Refused) as caught:
                await one("greedy")
            group.start_soon(one, "other")
        assert caught.value.fault.status == 429
        assert most == 3  # two of one, one of the other
        assert seen.index("other") <= 2  # it did not wait behind the line
        assert not shares._of

    anyio.run(scenario)


def test_a_flood_of_questions_is_taken_in_turn(tmp_path):
    """Of one key a few at a time until their answers begin, however long these then last; nobody else waits behind
    them."""

    async def scenario():
        begin, end, inside, begun = anyio.Event(), anyio.Event(), [], []

        async def app(scope, receive, send):
            who = dict(scope["headers"])[b"authorization"]
            inside.append(who)
            await begin.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            begun.append(who)
            await end.wait()
            await send({"type": "http.response.body", "body": b""})

        edge = Edge(app, settings=Settings(home=tmp_path), auth=None, shapes=None)

        async def ask(key):
            async def nothing(*_):
                """Neither comes nor goes."""

            scope = {
                "type": "http",
                "method": "GET",
                "path": "/v1/generations",
                "headers": [(b"authorization", key)],
                "client": ("127.0.0.1", 1),
            }
            await edge(scope, nothing, nothing)

        with anyio.fail_after(60):
            async with anyio.create_task_group() as group:
                for _ in range(300):
                    group.start_soon(ask, b"flood")
                group.start_soon(ask, b"quiet")
                while b"quiet" not in inside:
                    await anyio.sleep(0.01)
                assert inside.count(b"flood") == BEGUN_AT_A_TIME
                begin.set()
                while len(begun) < 301:
                    await anyio.sleep(0.01)
                end.set()
        assert not edge._begun._of

    anyio.run(scenario)


def test_who_reads_does_not_wait_for_a_write(busy):
    """A key's last use is noted beside its request: that is answered while somebody else writes."""
    db = busy.app.state.service.db
    key = busy.make_key(user="reader")
    with db.session() as session:
        session.execute(text("UPDATE tenants SET name = name"))
        with busy.client(key) as client:
            assert client.get("/v1/engines", timeout=20).status_code == 200
    until = time.monotonic() + 60
    while keys.find(db, keys.split(key)[0])[0].last_used is None:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_what_each_route_takes(busy):
    settings = busy.app.state.settings
    for method, path in (
        ("GET", "/v1/generations"),
        ("DELETE", "/v1/assets/asset_x"),
        ("POST", "/v1/notices"),
        ("PATCH", "/v1/admin/tenants/main"),
    ):
        assert bodies.most(settings, method, path) == bodies.SMALL
    for path in ("/v1/generations", "/v1/estimate", "/api/v3/contents/generations/tasks", "/mcp", "/mcp/"):
        assert bodies.most(settings, "POST", path) == settings.max_body
    for path in ("/v1/assets", "/v1/verify", "/v1/videos", "/v1/videos/edits"):
        assert bodies.most(settings, "POST", path) > settings.max_upload
