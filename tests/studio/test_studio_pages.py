"""Every page of the studio: no serious finding of axe-core in light and dark, and everything reached by keys."""

import json
from pathlib import Path

import pytest

from ..server.conftest import finished
from .conftest import settled, sign_in

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"


@pytest.fixture(scope="module")
def clip(studio):
    with studio.client() as client:
        body = {
            "model": "animatic",
            "prompt": 'A girl waves on a beach at dusk. girl: "Hello" [en]',
            "duration": 4,
            "seed": 2,
        }
        done = finished(client, client.post("/v1/generations", json=body).json()["id"])
    assert done["state"] == "succeeded", done["error"]
    return done


@pytest.fixture(scope="module")
def addresses(studio, clip):
    with studio.client() as client:
        share = (
            client.post(f"/v1/generations/{clip['id']}/shares", json={"expires_in": 3600})
            .json()["url"]
            .removeprefix(studio.base)
        )
    clip_page = f"/clip/{clip['id']}"
    return {
        "composer": "/",
        "templates": "/templates",
        "library": "/library",
        "clip": clip_page,
        "compare": f"/compare?a={clip['id']}&b={clip['id']}",
        "console": "/console",
        "verify": "/verify",
        "share": share,
        "lost": "/clip/gen_nothing",
    }


def findings(page):
    if not AXE.exists():
        pytest.skip("axe-core is not there: cd web && npm ci")
    page.evaluate(AXE.read_text())
    found = page.evaluate("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations")
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    return [
        (one["id"], one["help"], [(node["html"][:160], node["failureSummary"][:300]) for node in one["nodes"][:3]])
        for one in serious
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "name", ["composer", "templates", "library", "clip", "compare", "console", "verify", "share", "lost"]
)
def test_axe_finds_nothing_serious(contexts, studio, addresses, name, theme):
    page = contexts(color_scheme=theme).new_page()
    sign_in(page, studio.base, studio.key)
    page.goto(studio.base + addresses[name])
    page.locator("main h1, main h2").first.wait_for()
    settled(page)
    found = findings(page)
    assert not found, json.dumps(found, indent=1)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_and_the_door(contexts, studio, theme):
    page = contexts(color_scheme=theme).new_page()
    page.goto(studio.base)
    page.get_by_role("heading", name="Sign in to the studio").wait_for()
    assert not findings(page)
    page.get_by_label("API key").fill("nonsense")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert not findings(page)


def test_by_keys_alone(page, studio):
    page.goto(studio.base)
    page.get_by_label("API key").wait_for()
    page.keyboard.type(studio.key)  # the field has the focus
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="Prompt", exact=True).wait_for()
    page.get_by_role("slider", name="Cut between shots 1 and 2").wait_for()
    page.get_by_role("textbox", name="Prompt", exact=True).focus()
    page.keyboard.press("Tab")
    seen = {"Prompt"}
    for _ in range(60):
        name = page.evaluate(
            "(() => { const e = document.activeElement; return e.getAttribute('aria-label') ??"
            " e.textContent.trim().slice(0, 40) ?? '' })()"
        )
        seen.add(name)
        if name == "Generate":
            break
        page.keyboard.press("Escape")
        page.keyboard.press("Tab")
    for wanted in ("Prompt", "Add a cut", "Cut between shots 1 and 2", "Generate"):
        assert wanted in seen, (wanted, seen)


def test_a_new_page_begins_at_its_top(signed_in, studio):
    page = signed_in
    page.goto(f"{studio.base}/templates")
    page.locator("main li button").first.wait_for()
    page.evaluate("scrollTo(0, 900)")
    page.locator("main li button").nth(12).click()
    page.get_by_role("textbox", name="Prompt", exact=True).wait_for()
    assert page.evaluate("[scrollY, document.activeElement.id]") == [0, "main"]


def test_themes_are_kept(signed_in, studio):
    page = signed_in
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark theme").click()
    dark = page.evaluate(ground)
    assert light != dark
    page.reload()
    page.get_by_role("button", name="Light theme").wait_for()
    assert page.evaluate(ground) == dark
