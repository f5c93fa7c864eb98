"""Takes: several in one go with the seed that is seen, what is on its way, files that nobody speaks of, questions answered afterwards, and the same with another engine."""

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
    """Beside the animatic a vendor that nobody answers for, and an engine that costs something and makes test pictures."""
    engines = {"animatic": {}, "seedance": {"kind": "ark", "base_url": "http://127.0.0.1:9/api/v3", "key": "k"}, "finals": {"kind": "fake"}}
    server, stop = start(tmp_path_factory.mktemp("takes"), engines=engines, default_model="animatic", visits_per_minute=0, uploads_per_minute=0)
    yield server
    stop()


TOLD = """(() => { const real = fetch; window.fetch = async (asked, ...more) => {
  if (asked.method === 'POST' && /[/]v1[/](generations|preview)$/.test(asked.url)) await window.asked(asked.url, await asked.clone().text())
  return real(asked, ...more) } })()"""


@pytest.fixture
def previews():
    return []


@pytest.fixture
def orders(page, studio, previews):
    """A page that is signed in, and the bodies of the submits it sends."""
    sent = []
    page.expose_function("asked", lambda url, body: (sent if url.endswith("/generations") else previews).append(json.loads(body)))
    page.add_init_script(TOLD)
    sign_in(page, studio.base, studio.key)
    return sent


def generate(page):
    page.wait_for_function("() => [...document.querySelectorAll('button')].some(b => b.textContent === 'Generate' && !b.disabled)")
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
    assert {body["seed"] for body in previews} == {41} and kept(page)["seed"] == 41, "the preview still shows what was ordered"
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


def test_a_seed_that_is_kept_is_ordered_once(page, orders, studio):
    opened(page, studio, prompt=WORDS, seed=7, seedLocked=True, takes=3, duration=4)
    assert page.get_by_label("Takes", exact=True).is_disabled()
    generate(page)
    page.get_by_text("On its way. Follow it under Your takes.").wait_for()
    assert [body["seed"] for body in orders] == [7]


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_nothing_covers_the_button_and_new_takes_are_one_click_away(page, orders, studio, width, height):
    page.set_viewport_size({"width": width, "height": height})
    opened(page, studio, prompt=WORDS, seed=100 + width, takes=2, duration=4)
    generate(page)
    message = page.get_by_text("2 takes are on their way")
    message.wait_for(timeout=3 * PATIENCE)
    button, toast = page.get_by_role("button", name="Generate").bounding_box(), message.locator("xpath=..").bounding_box()
    apart = toast["x"] + toast["width"] <= button["x"] or toast["y"] + toast["height"] <= button["y"] or button["y"] + button["height"] <= toast["y"]
    assert apart, (button, toast)
    seen(page, f"takes-{width}")
    page.get_by_role("button", name=re.compile(r"\d on the way|Your takes")).click()
    page.wait_for_function("""() => { const box = document.querySelector('article').getBoundingClientRect(); return box.top >= 0 && box.bottom <= innerHeight + 1 && box.left >= 0 && box.right <= innerWidth }""")
    newest = page.get_by_role("article").first
    with studio.client() as client:
        assert client.get("/v1/generations").json()["data"][0]["seed"] == orders[-1]["seed"]
    assert newest.get_attribute("aria-label").startswith("Take: A girl in a yellow dress")


def test_what_nobody_speaks_of_is_not_sent_and_a_question_is_answered_afterwards(page, orders, studio, picture):
    opened(page, studio, prompt="A girl waves on a beach.", duration=4)
    page.get_by_label("Reference files").set_input_files(picture)
    page.wait_for_function("() => JSON.parse(localStorage.getItem('phonofilm.draft')).references?.[0]?.asset")
    page.get_by_role("button", name="Not in the prompt, so not sent: put @image1 in").wait_for()
    generate(page)
    until(page, orders, 1)
    assert orders[0]["references"] == []
    with studio.client() as client:
        assert finished(client, client.get("/v1/generations").json()["data"][0]["id"])["state"] == "succeeded"
    # spoken of, and nobody has said whether it shows somebody
    page.get_by_role("button", name="Not in the prompt, so not sent: put @image1 in").click()
    page.get_by_text("the take will wait until you answer").wait_for()
    generate(page)
    until(page, orders, 2)
    assert [one["name"] for one in orders[1]["references"]] == ["image1"] and orders[1]["references"][0]["person"] is None
    take = page.get_by_role("article").first
    take.get_by_text("With a reviewer").wait_for(timeout=3 * PATIENCE)
    seen(page, "held")
    take.get_by_role("button", name="No real person", exact=True).click()
    take.get_by_role("link", name=re.compile("^Play")).wait_for(timeout=3 * PATIENCE)


def test_a_finished_animatic_is_rendered_with_another_engine_at_the_price_that_it_shows(page, orders, studio):
    with studio.client() as client:
        made = client.post("/v1/generations", json={"model": "animatic", "prompt": WORDS, "duration": 4.5, "seed": 12}).json()
        assert finished(client, made["id"])["state"] == "succeeded"
    opened(page, studio, prompt=WORDS)
    # a vendor makes whole seconds: 4.5 s become 5, 121 frames of 864 x 496
    page.get_by_role("article").first.get_by_role("button", name="Render with seedance · $0.35").wait_for()
    page.goto(f"{studio.base}/clip/{made['id']}")
    section = page.get_by_role("region", name="Render this with")
    section.get_by_role("button", name="Render with seedance · $0.35").wait_for()
    seen(page, "render-with")
    section.get_by_role("button", name="Render with finals · $0.045").click()
    page.get_by_text("On its way with finals.").wait_for()
    (order,) = orders
    assert (order["model"], order["prompt"], order["seed"], order["parent"], order["duration"]) == ("finals", WORDS, 12, made["id"], 4.5)
    page.get_by_role("button", name="Watch it").click()
    page.wait_for_url(lambda url: "/clip/" in url and not url.endswith(made["id"]))
    with studio.client() as client:
        assert finished(client, page.url.rpartition("/")[2])["cost"]["settled"] == 45_000


def test_an_engine_that_is_chosen_brings_the_settings_to_what_it_makes(page, orders, studio):
    opened(page, studio, prompt="A girl waves. The camera skims over the water.", duration=4.5, resolution="2k")
    page.get_by_label("Engine", exact=True).select_option("seedance")
    page.get_by_text("$0.35").wait_for()
    assert page.get_by_role("slider", name="Length").input_value() == "5" and page.get_by_role("slider", name="Length").get_attribute("step") == "1"
    assert page.get_by_role("radio", name="480p").is_checked()
    page.wait_for_function("() => [...document.querySelectorAll('button')].some(b => b.textContent === 'Generate' && !b.disabled)")
    assert page.get_by_role("alert").count() == 0, "a camera word that the theatre does not know refuses no vendor"


def test_an_extension_says_what_it_is_and_asks_nothing_that_is_known(page, orders, studio):
    with studio.client() as client:
        made = client.post("/v1/generations", json={"model": "animatic", "prompt": WORDS, "duration": 4, "seed": 12}).json()
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
    assert (orders[0]["task"], orders[0]["parent"]) == ("extend", made["id"]) and orders[0]["references"][0]["role"] == "source"
    with studio.client() as client:
        assert finished(client, client.get("/v1/generations").json()["data"][0]["id"])["state"] == "succeeded"
