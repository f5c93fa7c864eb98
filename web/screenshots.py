"""Shoots every page of the studio, light and dark, at desktop and phone size, against a server of its own: ``python
web/screenshots.py FOLDER``."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import Page, sync_playwright

SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync".split()
)
PLAYABLE = (
    "() => [...document.querySelectorAll('video')].length && [...document.querySelectorAll('video')].every(v =>"
    " v.readyState >= 2)"
)
PROMPTS = (
    (
        "A boy in a red hoodie and a girl in a yellow dress on a beach at sunset, cheerful music.\n[0-3s] The boy plays the drum, the camera pushes in.\n"  # noqa: E501
        '[3-5s] Close-up of the girl, the camera holds still. She says: "What a beautiful evening!" [en]',
        5,
        (3, 11),
    ),
    ("A big red cup stands in a kitchen at sunrise. The camera pushes in slowly. Calm music and birdsong.", 4, (18,)),
    ("A bell rings in the snow at night, the camera pulls out.", 4, (5,)),
)


def served(home: Path) -> tuple[subprocess.Popen[str], str, str]:
    """A server at work; its address and its first key."""
    environment = {**os.environ, "PHONOFILM_DEFAULT_MODEL": "animatic", "PHONOFILM_REQUESTS_PER_MINUTE": "0"}
    command = [sys.executable, "-m", "phonofilm", "serve", "--home", str(home), "--port", "0"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        found = re.search(r"(http://\S+)/#key=(\S+)", line)
        if found:
            return process, found[1], found[2]
    raise SystemExit("error: the server did not start; run 'phonofilm serve' to see why")


def made(client: httpx2.Client) -> dict[str, str]:
    """Clips to show, a share link, and one clip that waits for a reviewer."""
    ids = []
    for prompt, duration, seeds in PROMPTS:
        for seed in seeds:
            ids.append(
                client.post("/v1/generations", json={"prompt": prompt, "duration": duration, "seed": seed})
                .raise_for_status()
                .json()["id"]
            )
    client.post("/v1/generations", json={"prompt": "A man is beheaded, blood everywhere", "duration": 4})
    until = time.monotonic() + 600
    while any(client.get(f"/v1/generations/{one}").json()["state"] in ("queued", "running") for one in ids):
        if time.monotonic() > until:
            raise SystemExit("error: the clips took longer than ten minutes")
        time.sleep(0.5)
    share = client.post(f"/v1/generations/{ids[0]}/shares", json={"expires_in": 3600}).raise_for_status().json()["url"]
    return {
        "composer": "/",
        "templates": "/templates",
        "library": "/library",
        "clip": f"/clip/{ids[0]}",
        "compare": f"/compare?a={ids[0]}&b={ids[1]}",
        "console-reviews": "/console/reviews",
        "console-notices": "/console/notices",
        "console-consents": "/console/consents",
        "console-keys": "/console/keys",
        "console-engines": "/console/engines",
        "console-metrics": "/console/metrics",
        "console-numbers": "/console/numbers",
        "verify": "/verify",
        "share": re.sub(r"^https?://[^/]+", "", share),
    }


def shoot(page: Page, address: str, file: Path) -> None:
    """One page, once it has come to rest."""
    page.goto(address)
    page.locator("main h1, main h2").first.wait_for(state="attached", timeout=60_000)
    if address.endswith("/") or "/clip/" in address or "/s/" in address or "/compare" in address:
        page.wait_for_function(PLAYABLE, timeout=90_000)
    page.wait_for_function(
        "() => [...document.images].every(one => one.complete || one.loading === 'lazy')", timeout=60_000
    )
    page.wait_for_timeout(1500)
    page.screenshot(path=str(file))
    print(file, flush=True)


def main() -> int:
    """Everything into the folder named on the command line; ``--only NAME`` for some pages."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots")
    only = sys.argv[sys.argv.index("--only") + 1].split(",") if "--only" in sys.argv else None
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("error: no Chromium on this machine; apt-get install chromium, or name one by CHROMIUM=")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="phonofilm-shots-", ignore_cleanup_errors=True) as home:
        process, base, key = served(Path(home))
        try:
            with httpx2.Client(base_url=base, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
                pages = made(client)
            with sync_playwright() as driver:
                browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
                for size, (width, height) in SIZES.items():
                    for theme in ("light", "dark"):
                        phone = size == "phone"
                        options: dict[str, Any] = {
                            "viewport": {"width": width, "height": height},
                            "color_scheme": theme,
                            "has_touch": phone,
                            "is_mobile": phone,
                        }
                        door = browser.new_context(**options).new_page()
                        door.goto(base)
                        door.get_by_label("API key").wait_for(timeout=60_000)
                        door.screenshot(path=str(out / f"sign-in-{size}-{theme}.png"))
                        page = browser.new_context(**options).new_page()
                        page.goto(f"{base}/verify#key={key}")
                        page.get_by_role("button", name="Account").wait_for(timeout=60_000)
                        for name, path in pages.items():
                            if only is None or name in only:
                                shoot(page, base + path, out / f"{name}-{size}-{theme}.png")
                browser.close()
        finally:
            process.terminate()
            process.wait(30)
    return 0


if __name__ == "__main__":
    sys.exit(main())
