"""``phonofilm mcp``: a server's tools for an assistant on this machine, over stdin and stdout."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from phonofilm.errors import MissingExtra, RequestError, in_words

URL, KEY = "PHONOFILM_URL", "PHONOFILM_KEY"
SAVE = "save_video"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which server, and the key to it."""
    parser.add_argument(
        "--url", metavar="URL", help=f"the server's address; default ${URL}, else http://127.0.0.1:8600"
    )
    parser.add_argument(
        "--key",
        metavar="KEY",
        help=f"an API key (pf_...); better given as ${KEY}, which other users of this machine cannot see",
    )


def mcp(options: argparse.Namespace) -> int:
    """Hand an assistant's calls on to the server until stdin closes. Raises RequestError without a key, MissingExtra
    without the package."""
    url = (options.url or os.environ.get(URL) or "http://127.0.0.1:8600").rstrip("/")
    key = options.key or os.environ.get(KEY) or ""
    if not key:
        raise RequestError(f"a key to the server is needed; set {KEY}=pf_... or give --key")
    if not url.startswith(("http://", "https://")):
        raise RequestError(f"'{url}' is no server's address; give one such as http://127.0.0.1:8600")
    try:
        import anyio
        import mcp.server.lowlevel  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"the tools for assistants need the package '{error.name}'; install it with: pip install"
            " 'phonofilm[server]'"
        ) from error
    try:
        anyio.run(_bridge, url, key)
    except KeyboardInterrupt:
        return 130
    return 0


async def _bridge(url: str, key: str) -> None:
    import httpx2
    import mcp_types as types
    from mcp.client.client import Client
    from mcp.client.streamable_http import streamable_http_client
    from mcp.server.context import ServerRequestContext
    from mcp.server.lowlevel import Server
    from mcp.server.stdio import stdio_server

    from phonofilm.spec.version import VERSION

    headers = {"Authorization": f"Bearer {key}"}
    timeout = httpx2.Timeout(30.0, read=120.0)
    async with httpx2.AsyncClient(headers=headers, timeout=timeout) as http:
        await _greet(http, url)
        async with Client(streamable_http_client(f"{url}/mcp", http_client=http)) as remote:

            async def list_tools(
                context: ServerRequestContext[Any], params: types.PaginatedRequestParams | None
            ) -> types.ListToolsResult:
                tools = (await remote.list_tools()).tools
                return types.ListToolsResult(tools=[*tools, _save_tool()])

            async def call_tool(
                context: ServerRequestContext[Any], params: types.CallToolRequestParams
            ) -> types.CallToolResult:
                arguments = dict(params.arguments or {})
                if params.name == SAVE:
                    saved: types.CallToolResult = await _save(http, url, arguments)
                    return saved

                async def progress(progress: float, total: float | None, message: str | None) -> None:
                    await context.session.report_progress(progress, total, message)

                return await remote.call_tool(params.name, arguments, progress_callback=progress)

            server: Server[Any] = Server(
                "phonofilm",
                title="Phonofilm",
                version=VERSION,
                instructions=remote.instructions,
                on_list_tools=list_tools,
                on_call_tool=call_tool,
            )
            async with stdio_server() as (read, write):
                await server.run(read, write, server.create_initialization_options())


async def _greet(http: Any, url: str) -> None:
    """Say at once, in one line, what is wrong with the address or the key."""
    import httpx2

    try:
        answer = await http.get(f"{url}/v1/engines")
    except httpx2.HTTPError as error:
        raise RequestError(f"{url} does not answer ({in_words(error)}); start it with: phonofilm serve") from error
    if answer.status_code != 200:
        words = "it does not know this key" if answer.status_code == 401 else f"it answers {answer.status_code}"
        raise RequestError(f"{url} cannot be used: {words}; check {URL} and {KEY}")
    print(f"phonofilm mcp: tools of {url}", file=sys.stderr)


def _save_tool() -> Any:
    import mcp_types as types

    properties = {
        "video_id": {"type": "string"},
        "path": {
            "type": "string",
            "description": "an MP4 file to write on this machine; an existing one is not overwritten",
        },
    }
    schema = {
        "type": "object",
        "properties": properties,
        "required": ["video_id", "path"],
        "additionalProperties": False,
    }
    return types.Tool(name=SAVE, description="Save a finished clip as a file on this machine.", input_schema=schema)


async def _save(http: Any, url: str, arguments: dict[str, Any]) -> Any:
    import mcp_types as types

    def said(text: str, *, wrong: bool = False) -> types.CallToolResult:
        return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=wrong)

    if unknown := [name for name in arguments if name not in ("video_id", "path")]:
        return said(f"{SAVE} takes no '{unknown[0]}'; it takes video_id, path", wrong=True)
    video, path = arguments.get("video_id"), arguments.get("path")
    if (
        not isinstance(video, str)
        or not video.isascii()
        or not video.replace("_", "").isalnum()
        or not isinstance(path, str)
        or not path
    ):
        return said("give video_id (gen_...) and path", wrong=True)
    target = Path(path).expanduser()
    if target.suffix.lower() != ".mp4" or target.exists() or not target.parent.is_dir():
        return said(f"{target} must be a new .mp4 file in a folder that is there", wrong=True)
    partial = target.with_name(f".{target.name}.part")
    try:
        async with http.stream("GET", f"{url}/v1/generations/{video}/content") as answer:
            if answer.status_code != 200:
                return said(f"the server answers {answer.status_code}; wait until the clip has succeeded", wrong=True)
            with partial.open("wb") as file:
                async for chunk in answer.aiter_bytes():
                    file.write(chunk)
        partial.rename(target)
    except OSError as error:
        return said(f"{target} cannot be written ({error.strerror})", wrong=True)
    finally:
        partial.unlink(missing_ok=True)
    return said(f"saved {target} ({target.stat().st_size} bytes)")
