"""Headless Chromium, and a folder served to it."""

import functools
import http.server
import os
import re
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

MODULES = Path(__file__).parents[2] / "web" / "node_modules"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip


@contextmanager
def chromium():
    """The browser; skips, naming the remedy, without one."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is missing; install the dev extra")
    found = (
        os.environ.get("PHONOFILM_CHROMIUM")
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if not found:
        pytest.skip("no Chromium; install it with: apt-get install chromium, or name one in PHONOFILM_CHROMIUM")
    with playwright.sync_playwright() as driver:
        one = driver.chromium.launch(executable_path=found, args=FLAGS)
        yield one
        one.close()


def script(name):
    """A player's script; skips, naming the remedy, where it is not there."""
    path = MODULES / name
    if not path.is_file():
        pytest.skip(f"{name} is missing; fetch it with: npm --prefix web ci")
    return path


@contextmanager
def served(folder):
    """The base address of a server of ``folder`` that answers ranges, without which a browser cannot seek in an MP4."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            path, wanted = (
                Path(self.translate_path(self.path)),
                re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")),
            )
            if not wanted or not path.is_file():
                return super().do_GET()
            data = path.read_bytes()
            first, last = int(wanted[1]), int(wanted[2] or len(data) - 1)
            self.send_response(206)
            for name, value in (
                ("Content-Type", "video/mp4"),
                ("Content-Range", f"bytes {first}-{last}/{len(data)}"),
                ("Content-Length", str(last + 1 - first)),
            ):
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(data[first : last + 1])
            except ConnectionError:
                return None

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
