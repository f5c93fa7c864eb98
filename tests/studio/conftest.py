"""The studio as people meet it: the built application, a real server with the animatic engine, and a real Chromium."""

import fcntl
import importlib.util
import os
import re
import shutil
import time
from pathlib import Path

import pytest

from ..server.conftest import picture, start  # noqa: F401  a fixture

playwright = pytest.importorskip("playwright.sync_api")
BUILT = Path(__file__).parents[2] / "src/phonofilm/studio/index.html"
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--host-resolver-rules=MAP films.test 127.0.0.1", "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip
CHROMIUM = (
    os.environ.get("CHROMIUM")
    or shutil.which("chromium")
    or shutil.which("chromium-browser")
    or shutil.which("google-chrome")
)
EXPECTED = re.compile("Failed to load resource|Cross-Origin-Opener-Policy header has been ignored")
"""Said of answers of the server, and of a header that counts over https alone."""
FLYING = {}
"""What each context has asked for and not been told yet."""
PATIENCE = 60_000
"""Milliseconds: the machine may be busy."""
playwright.expect.set_options(timeout=PATIENCE)
STILL = """most => new Promise(done => {
  const began = performance.now()
  let changed = began
  const watch = new MutationObserver(() => { changed = performance.now() })
  watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true })
  const look = () => {
    const here = performance.now()
    const moving = document.getAnimations().some(a => a.playState === 'running' && a.effect.getComputedTiming().iterations !== Infinity)
    const loading = document.readyState !== 'complete' || [...document.images].some(one => one.loading !== 'lazy' && !one.complete)
    if ((here - changed < 250 || loading) && here - began < most || moving) return setTimeout(look, 25)
    watch.disconnect()
    done(true)
  }
  look()
})"""  # noqa: E501
AWAY = "goes on by itself when it is back"
"""Of the banner's words; a blink of a connection does not bring it."""


def backend():
    """The module that builds the studio."""
    spec = importlib.util.spec_from_file_location("build_backend", BUILT.parents[3] / "web/build_backend.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def built():
    """The folder of the built studio, of the sources as they are. Side by side, one builds and the others wait."""
    builder = backend()
    with open(BUILT.parents[3] / "web/package-lock.json") as whose_turn:
        fcntl.flock(whose_turn, fcntl.LOCK_EX)
        try:
            builder.build()
        except builder.StudioError as error:
            if not BUILT.exists():
                pytest.skip(str(error))
    if not BUILT.exists():
        pytest.skip("the studio is not built: make studio")
    return BUILT.parent


@pytest.fixture(scope="module")
def chromium(built):
    """Of one file: while it is there its driver's event loop runs in this thread, where no other test could begin one
    of its own."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium, or name one by CHROMIUM=")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """The service with the animatic and the fake engine; nobody is limited."""
    server, stop = start(
        tmp_path_factory.mktemp("studio"), default_model="animatic", visits_per_minute=0, uploads_per_minute=0
    )
    yield server
    stop()


@pytest.fixture
def contexts(chromium):
    """Makes browser contexts: each is another person at another machine."""
    made, foreign = [], []

    def make(**options):
        context = chromium.new_context(
            **{"viewport": {"width": 1440, "height": 900}, "color_scheme": "light", **options}
        )
        context.set_default_timeout(PATIENCE)
        flying = FLYING[context] = set()
        context.on("request", lambda asked: asked.resource_type in ("fetch", "xhr") and flying.add(asked))
        for ended in ("requestfinished", "requestfailed"):
            context.on(ended, lambda asked: flying.discard(asked))
        context.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith(
                    ("http://127.0.0.1:", "http://films.test:", "http://localhost:", "data:", "blob:")
                )
                else foreign.append(asked.url)
            ),
        )
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()
        del FLYING[context]
    assert not foreign, "no request leaves for another host"


@pytest.fixture
def guest(contexts):
    """Somebody else's page, not signed in."""
    return contexts().new_page()


@pytest.fixture
def page(contexts):
    """A page nobody has signed in on. What it says on its console as an error, beyond answers of the server, fails the
    test."""
    page = contexts().new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console", lambda said: said.type == "error" and not EXPECTED.search(said.text) and faults.append(said.text)
    )
    yield page
    assert not faults, faults


def settled(page, most=1500):
    """Wait until nothing that was asked for is on its way, nothing moves, and the page has not changed for a quarter of
    a second. What changes all the time, as a clip that plays does, is waited for ``most`` milliseconds."""
    flying = FLYING[page.context]
    until = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < until:
        page.evaluate(STILL, most)
        if not flying:
            return
    raise AssertionError(f"still on its way: {[one.url for one in flying]}")


def pick(scope, name):
    """Choose one of a row of choices as a person does: by its label, once it stands still. The radio button itself is
    not seen."""
    radio = scope.get_by_role("radio", name=name)
    radio.locator("xpath=..").click()
    playwright.expect(radio).to_be_checked()


def sign_in(page, base, key):
    """By the link that ``phonofilm serve`` prints."""
    page.goto(f"{base}/verify#key={key}")
    page.get_by_role("button", name="Account").wait_for()


@pytest.fixture
def signed_in(page, studio):
    sign_in(page, studio.base, studio.key)
    return page
