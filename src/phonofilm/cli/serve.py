"""``phonofilm serve`` and ``phonofilm worker``: the platform from one command, or its parts on several machines."""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from phonofilm.errors import MissingExtra, RequestError

_TURN = 0.001
"""Seconds a thread may compute while others wait: the event loop, which everybody waits for, is one of many."""


def add_arguments(parser: argparse.ArgumentParser, *, serving: bool) -> None:
    """The options of both; what is not given comes from PHONOFILM_..., then HOME/phonofilm.toml."""
    parser.add_argument(
        "--home",
        type=Path,
        metavar="DIR",
        help="folder of this installation: database, files, keys; default ~/.phonofilm",
    )
    parser.add_argument(
        "--database-url",
        metavar="URL",
        help="postgresql://... where several machines share the work; default SQLite in the home",
    )
    parser.add_argument(
        "--bucket", metavar="URL", help="s3://bucket/prefix?endpoint=... ; default a folder in the home"
    )
    parser.add_argument(
        "--public-url",
        metavar="URL",
        help="where clients reach the service, for links; default the address it listens on",
    )
    parser.add_argument("--log-level", choices=("debug", "info", "warning", "error"), help="default info")
    if serving:
        parser.add_argument("--host", help="address to listen on; default 127.0.0.1")
        parser.add_argument("--port", type=int, help="port to listen on; default 8600, 0 picks a free one")
        parser.add_argument("--no-worker", action="store_true", help="take jobs only; 'phonofilm worker' walks them")
    else:
        parser.add_argument("--concurrency", type=int, metavar="N", help="jobs walked at a time; default 2")
        parser.add_argument("--worker-id", metavar="NAME", help="a stable name for this worker, such as a pod's")


def settings_of(options: argparse.Namespace) -> Any:
    """The settings a command line asks for. Raises MissingExtra where the platform's packages are absent."""
    try:
        from phonofilm.server.settings import Settings
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("phonofilm"):
            raise
        raise MissingExtra(
            f"the platform needs the package '{error.name}'; install it with: pip install 'phonofilm[server]'"
        ) from error
    names = ("home", "database_url", "bucket", "public_url", "host", "port", "concurrency", "worker_id", "log_level")
    given = {name: getattr(options, name, None) for name in names}
    if getattr(options, "no_worker", False):
        given["worker"] = False
    return Settings.load(**given)


def serve(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM; jobs on their way stay on record and go on at the next start."""
    settings = settings_of(options)
    import uvicorn

    from phonofilm.server.app import create_app

    listener = _listen(settings.host, settings.port)
    settings = settings.at(settings.host, listener.getsockname()[1])
    _sight(settings, "server")
    app = create_app(settings)

    class Server(uvicorn.Server):
        tell: Callable[[], object] = staticmethod(lambda: None)

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                _greet(app, settings)

        async def main_loop(self) -> None:
            """Look once a second, for the date in answers, and at once when told to end; ten times a second keeps an
            idle machine awake."""
            loop, self.told = asyncio.get_running_loop(), asyncio.Event()
            self.tell = lambda: loop.call_soon_threadsafe(self.told.set)
            while not await self.on_tick(0):
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.told.wait(), 1.0)

        def handle_exit(self, sig: int, frame: Any) -> None:
            """End in good order, and with status 0; a second Ctrl-C ends at once."""
            stopping = getattr(app.state, "stopping", None)
            if stopping is not None:
                stopping.set()  # ends the event streams, which would keep the server waiting
            self.force_exit = self.should_exit and sig == signal.SIGINT
            self.should_exit = True
            self.tell()

    sys.setswitchinterval(_TURN)
    server = Server(_transport(app, settings))
    try:
        server.run(sockets=[listener])
    finally:
        listener.close()
    return 0 if server.started else 1


def _transport(app: Any, settings: Any) -> Any:
    """How HTTP is spoken (a ``uvicorn.Config``); a client's address and protocol are taken from headers of
    ``trusted_proxies`` alone."""
    import uvicorn

    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=10,
        server_header=False,
        h11_max_incomplete_event_size=65_536,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
    )


def worker(options: argparse.Namespace) -> int:
    """Walk jobs until Ctrl-C or SIGTERM; what is under way is handed to another worker or taken up at the next
    start."""
    settings = settings_of(options)
    from phonofilm.jobs.run.worker import run_worker

    _sight(settings, "worker")
    config = settings.config()
    _callbacks(settings, config)
    return run_worker(
        config,
        ready=lambda name: print(
            f"phonofilm worker {name} walks {config.concurrency} jobs at a time; Ctrl-C ends it", flush=True
        ),
    )


def migrate(options: argparse.Namespace) -> int:
    """Bring the tables to this version and end; serve and worker do so too, when they start."""
    from phonofilm.jobs.store.database import Database

    db = Database(settings_of(options).config().database)
    try:
        before, _ = db.versions()
        db.migrate()
        there, _ = db.versions()
        changed = "" if before == there else f", before {before or 'there were none'}"
        print(f"the tables are of version {there}{changed}")
    finally:
        db.close()
    return 0


def _callbacks(settings: Any, config: Any) -> None:
    """A worker words the messages of its jobs' ends as the servers do."""
    from phonofilm.server.dialects import ark
    from phonofilm.server.files import Links
    from phonofilm.storage.bucket import Bucket

    ark.speak(Links(Bucket.open(config.files), settings))


def _listen(host: str, port: int) -> socket.socket:
    """A socket that has the address. Nobody can connect before the server is there to answer: a proxy that tries goes
    to another replica at once. It names its protocol: asyncio sends small answers at once (TCP_NODELAY) only where it
    does, else 40 ms late."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
        except BaseException:
            listener.close()
            raise
        return listener
    except OSError as error:
        raise RequestError(
            f"cannot listen on {host}:{port} ({error.strerror or error}); choose another --port or --host"
        ) from error


def _greet(app: Any, settings: Any) -> None:
    address, *others = _addresses(settings.host, settings.port)
    print(f"phonofilm serves at {address}  (documents: {address}/docs, files: {settings.home})", flush=True)
    for other in others:
        print(f"from other machines: {other}", flush=True)
    if not _loopback(settings.host) and not settings.public_url.startswith("https://"):
        print(
            "this is plain HTTP: keys and clips can be read on the way; put a proxy with TLS before it and set"
            " --public-url https://...",
            flush=True,
        )
    key = getattr(app.state, "first_key", None)
    if key:
        print(f"first API key, shown only now: {key}", flush=True)
        print(f"open the studio, signed in: {address}/#key={key}", flush=True)
    if not settings.worker:
        print("no worker here; start one with: phonofilm worker", flush=True)


def _loopback(host: str) -> bool:
    return host == "localhost" or host.startswith("127.") or host == "::1"


def _addresses(host: str, port: int) -> list[str]:
    """Where a browser reaches the service: on this machine first, then, where it listens everywhere, as other machines
    may."""
    if host not in ("0.0.0.0", "::", ""):
        return [_http(host, port)]
    family, beyond = (socket.AF_INET6, "2001:db8::1") if host == "::" else (socket.AF_INET, "192.0.2.1")
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((beyond, 9))  # sends nothing: it only asks which of our addresses faces the network
            outward = probe.getsockname()[0]
        except OSError:
            outward = socket.gethostname()
    return [
        _http("127.0.0.1" if family == socket.AF_INET else "::1", port),
        *([] if _loopback(outward) else [_http(outward, port)]),
    ]


def _http(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _sight(settings: Any, part: str) -> None:
    """Logs as JSON lines on standard error, and traces where they are wanted."""
    from phonofilm.jobs.observe import logs, tracing

    logs.setup(level=settings.log_level, stream=sys.stderr, prompts=settings.log_prompts)
    logs.follow_jobs()
    tracing.setup(settings.otlp, service=f"phonofilm-{part}")
