"""Assistants: the official MCP client over HTTP and, through ``phonofilm mcp``, over stdio."""

import asyncio
import os
import sys
from contextlib import asynccontextmanager

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

TOOLS = {
    "list_engines",
    "submit_video",
    "get_video",
    "list_videos",
    "edit_video",
    "extend_video",
    "declare_asset",
    "cancel_video",
    "delete_video",
}


@asynccontextmanager
async def assistant(running, key=None, mode="auto"):
    http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {key or running.key}"}, timeout=120)
    async with http, Client(streamable_http_client(f"{running.base}/mcp", http_client=http), mode=mode) as client:
        yield client


async def call(client, name, **arguments):
    answer = await client.call_tool(name, arguments)
    assert not answer.is_error, answer.content
    return answer.structured_content


async def followed(client, video, most=8, **more):
    for _ in range(most):
        shown = (
            await client.call_tool("get_video", {"video_id": video, "wait_seconds": 40}, **more)
        ).structured_content
        if shown["state"] in ("succeeded", "failed", "cancelled"):
            return shown
    raise AssertionError(shown)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_assistant_makes_edits_and_extends_a_clip(running, mode):
    async def talk():
        async with assistant(running, mode=mode) as client:
            assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS
            engines = {one["name"]: one for one in (await call(client, "list_engines"))["result"]}
            assert "edit" in engines["fake"]["tasks"] and "edit" not in engines["native"]["tasks"]
            made = await call(
                client,
                "submit_video",
                prompt="A ball bounces.",
                model="fake",
                duration=4,
                seed=3,
                idempotency_key=f"mcp-{mode}",
            )
            again = await call(
                client,
                "submit_video",
                prompt="A ball bounces.",
                model="fake",
                duration=4,
                seed=3,
                idempotency_key=f"mcp-{mode}",
            )
            assert (made["id"], made["seed"]) == (again["id"], 3)
            told = []

            async def progress(done, total, message):
                told.append((done, total))

            done = await followed(client, made["id"], progress_callback=progress)
            assert done["state"] == "succeeded" and told == sorted(told)
            (video,) = [one for one in done["outputs"] if one["name"] == "video.mp4"]
            assert httpx2.get(video["url"]).content[4:8] == b"ftyp"
            edit = await call(client, "edit_video", video_id=made["id"], prompt="The ball is blue.", edit_strength=0.5)
            more = await call(client, "extend_video", video_id=made["id"], prompt="It rolls away.", duration=6)
            assert (edit["task"], more["task"], more["duration"]) == ("edit", "extend", 6.0)
            assert (await followed(client, edit["id"]))["state"] == "succeeded"
            assert more["id"] in [one["id"] for one in (await call(client, "list_videos", limit=5))["result"]]
            await followed(client, more["id"])
            assert "deleted" in (await call(client, "delete_video", video_id=more["id"]))["result"]

    asyncio.run(talk())


def test_an_assistant_is_told_what_is_wrong(running):
    async def talk():
        async with assistant(running) as client:
            for name, arguments, words in (
                ("submit_video", {"prompt": "A ball.", "model": "nothing"}, "nothing"),
                ("submit_video", {"prompt": "A ball.", "duration": 99}, "duration"),
                ("submit_video", {"prompt": 'She says "hello', "model": "fake"}, "prompt"),
                (
                    "submit_video",
                    {
                        "prompt": "A ball.",
                        "model": "native",
                        "references": [{"kind": "image", "url": "https://1.1.1.1/a.png"}],
                    },
                    "takes no image",
                ),
                (
                    "submit_video",
                    {
                        "prompt": "A ball.",
                        "model": "fake",
                        "references": [{"kind": "image", "url": "http://10.0.0.1/a.png"}],
                    },
                    "public",
                ),
                ("get_video", {"video_id": "gen_nobody"}, "not_found"),
                ("edit_video", {"video_id": "gen_nobody", "prompt": "x"}, "not_found"),
            ):
                answer = await client.call_tool(name, arguments)
                assert answer.is_error and words in answer.content[0].text, answer
            hanging = await call(client, "submit_video", prompt="A ball.", model="fake-hanging", duration=4)
            assert (await client.call_tool("edit_video", {"video_id": hanging["id"], "prompt": "x"})).is_error
            await call(client, "cancel_video", video_id=hanging["id"])
            assert (await followed(client, hanging["id"]))["state"] == "cancelled"

    asyncio.run(talk())


def test_an_argument_no_tool_has_is_refused_and_nothing_is_queued(running):
    async def talk():
        async with assistant(running) as client:
            tools = {tool.name: tool.input_schema for tool in (await client.list_tools()).tools}
            assert all(schema["additionalProperties"] is False for schema in tools.values())
            before = await call(client, "list_videos")
            for name, arguments in (
                ("submit_video", {"prompt": "A ball.", "model": "fake", "seconds": 8}),
                ("submit_video", {"prompt": "A ball.", "model": "fake", "aspect_ratio": "9:16"}),
                (
                    "submit_video",
                    {
                        "prompt": "A ball.",
                        "model": "fake",
                        "references": [{"kind": "image", "adress": "https://a.example/b.png"}],
                    },
                ),
                ("get_video", {"video_id": "gen_nobody", "wait": 5}),
                ("list_videos", {"limt": 3}),
                ("list_engines", {"all": True}),
            ):
                answer = await client.call_tool(name, arguments)
                wrong = "adress" if "references" in arguments else list(arguments)[-1]
                assert answer.is_error and wrong in answer.content[0].text, answer
            assert await call(client, "list_videos") == before

    asyncio.run(talk())


def test_tools_call_things_as_the_native_api_does(running):
    async def talk():
        async with assistant(running) as client:
            tools = {tool.name: set(tool.input_schema["properties"]) for tool in (await client.list_tools()).tools}
        body = set(
            httpx2.get(f"{running.base}/openapi.json").json()["components"]["schemas"]["NewGeneration"]["properties"]
        )
        assert tools["submit_video"] - body == {"idempotency_key"}  # a header there
        assert (tools["edit_video"] | tools["extend_video"]) - body == {"video_id"}

    asyncio.run(talk())


def test_keys_scopes_and_tenants(running):
    assert httpx2.post(f"{running.base}/mcp", json={}).status_code == 401
    assert (
        httpx2.post(f"{running.base}/mcp", json={}, headers={"Authorization": "Bearer pf_wrong"}).json()["error"][
            "code"
        ]
        == "unauthenticated"
    )
    reader = running.make_key(scopes=("read",))
    stranger = running.make_key(tenant="stranger", user="s", scopes=("generate", "read"))

    async def talk():
        async with assistant(running) as client:
            made = (await call(client, "submit_video", prompt="A ball.", model="fake", duration=4))["id"]
        async with assistant(running, reader) as client:
            assert "generate" in (await client.call_tool("submit_video", {"prompt": "A ball."})).content[0].text
        async with assistant(running, stranger) as client:
            for name in ("get_video", "cancel_video", "delete_video"):
                assert "not_found" in (await client.call_tool(name, {"video_id": made})).content[0].text

    asyncio.run(talk())


def test_over_stdio(running, tmp_path):
    env = {**os.environ, "PHONOFILM_KEY": running.key, "PHONOFILM_URL": running.base}

    async def talk():
        async with Client(
            stdio_client(StdioServerParameters(command=sys.executable, args=["-m", "phonofilm", "mcp"], env=env))
        ) as client:
            assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS | {"save_video"}
            made = await call(client, "submit_video", prompt="A ball bounces.", model="fake", duration=4)
            assert (await followed(client, made["id"]))["state"] == "succeeded"
            path = tmp_path / "clip.mp4"
            saved = await client.call_tool("save_video", {"video_id": made["id"], "path": str(path)})
            assert not saved.is_error and path.read_bytes()[4:8] == b"ftyp"
            for arguments in (
                {"video_id": made["id"], "path": str(path)},
                {"video_id": "../keys", "path": str(tmp_path / "b.mp4")},
                {"video_id": "gen_nobody", "path": str(tmp_path / "b.mp4")},
            ):
                assert (await client.call_tool("save_video", arguments)).is_error
            assert sorted(one.name for one in tmp_path.iterdir()) == ["clip.mp4"]
            assert (await client.call_tool("get_video", {"video_id": "gen_nobody"})).is_error

    asyncio.run(talk())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "a key"),
        (["--key", "pf_wrong"], "does not know this key"),
        (["--key", "k", "--url", "127.0.0.1"], "no server's address"),
        (["--key", "k", "--url", "http://127.0.0.1:9"], "does not answer"),
    ],
)
def test_the_command_line_says_what_is_wrong(running, given, words, monkeypatch, capsys):
    from phonofilm.cli.main import main

    monkeypatch.delenv("PHONOFILM_KEY", raising=False)
    monkeypatch.setenv("PHONOFILM_URL", running.base)
    assert main(["mcp", *given]) == 2
    said = capsys.readouterr().err.strip()
    assert words in said and "\n" not in said
