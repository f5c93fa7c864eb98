"""Takes: several in one go with the seed that is seen, what is on its way, files that nobody speaks of, questions
answered afterwards, and the same with another engine."""

import json
import re

import pytest

from ..server.conftest import finished, start
from .conftest import PATIENCE, sign_in
from .test_composer import kept, opened
from .test_composer_board import seen

WORDS = "A girl in a yellow dress waves on a beach at sunset, the camera holds still. Calm music."


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """Beside the animatic a vendor that nobody answers for, and an engine that costs something and makes test
    pictures."""
    engines = {
        "animatic": {},
        "seedance": {"kind": "ark", "base_url": "http://127.0.0.1:9/api/v3", "key": "k"},
        "finals": {"kind": "fake"},
    }
    server, stop = start(
        tmp_path_factory.mktemp("takes"),
        engines=engines,
        default_model="animatic",
        visits_per_minute=0,
        uploads_per_minute=0,
    )
    yield server
    stop()


TOLD = """(() => { const real = fetch; window.fetch = async (asked, ...more) => {
  if (asked.method === 'POST' && /[/]v1[/](generations|preview)$/.test(asked.url)) await window.asked(asked.url, await asked.clone().text())
  return real(asked, ...more) } })()"""  # noqa: E501


@pytest.fixture
def previews():
    return []


@pytest.fixture
def orders(page, studio, previews):
    """A page that is signed in, and the bodies of the submits it sends."""
    sent = []
    page.expose_function(
        "asked", lambda url, body: (sent if url.endswith("/generations") else previews).append(json.loads(body))
    )
    page.add_init_script(TOLD)
    sign_in(page, studio.base, studio.key)
    return sent


def generate(page):
    page.wait_for_function(
        "() => [...document.querySelectorAll('button')].some(b => b.textContent === 'Generate' && !b.disabled)"
    )
    page.get_by_role("button", name="Generate").click()


def until(page, sent, number):
    for _ in range(1800):
        if len(sent) >= number:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{len(sent)} of {number} were sent")


def test_four_takes_go_out_at_once_and_the_first_has_the_seed_that_was_seen(page, orders, previews, studio):
    opened(page, studio, prompt=WORDS, seed=41, duration=4)
    page.get_by_label("Takes", exact=True).select_option("4")
    generate(page)
    page.get_by_text("4 takes are on their way").wait_for(timeout=3 * PATIENCE)
    seeds = [body["seed"] for body in orders]
    assert len(seeds) == 4 and seeds[0] == 41 and len(set(seeds)) == 4
    assert {body["seed"] for body in previews} == {41} and kept(page)["seed"] == 41, (
        "the preview still shows what was ordered"
    )
    # one more of the same is another take, and its preview is what is ordered
    page.get_by_label("Takes", exact=True).select_option("1")
    generate(page)
    until(page, orders, 5)
    assert orders[4]["seed"] not in seeds and kept(page)["seed"] == orders[4]["seed"]
    # other words begin with the seed that is seen
    page.get_by_role("radio", name="9:16").locator("xpath=..").click()
    generate(page)
    until(page, orders, 6)
    assert orders[5]["seed"] == orders[4]["seed"] and orders[5]["ratio"] == "9:16"
    with studio.client() as client:  # nobody waits for these clips
        for take in client.get("/v1/generations").json()["data"]:
            assert client.post(f"/v1/generations/{take['id']}/cancel").status_code < 500


def test_an_extension_says_what_it_is_and_asks_nothing_that_is_known(page, orders, studio):
    with studio.client() as client:
        made = client.post(
            "/v1/generations", json={"model": "animatic", "prompt": WORDS, "duration": 4, "seed": 12}
        ).json()
        assert finished(client, made["id"])["state"] == "succeeded"
    page.goto(f"{studio.base}/clip/{made['id']}")
    page.get_by_role("button", name=re.compile("^Extend")).click()
    page.get_by_text("write what happens next").wait_for()
    tray = page.get_by_role("region", name="References")
    tray.get_by_text("A girl in a yellow dress waves on a beach at sunset, the camera holds still").wait_for()
    assert tray.get_by_text("Shows a real person?").count() == 0 and "gen_" not in tray.inner_text()
    seen(page, "extend")
    page.get_by_role("textbox", name="Prompt", exact=True).click()
    page.keyboard.type("She dances.")
    generate(page)
    until(page, orders, 1)
    assert (orders[0]["task"], orders[0]["parent"]) == ("extend", made["id"]) and orders[0]["references"][0][
        "role"
    ] == "source"
