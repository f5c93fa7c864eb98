"""What the composer does by key, with a script that is too long, with nothing written, and without its server."""

import pytest

from .conftest import AWAY, PATIENCE
from .test_composer import at_the_end, editor, kept_prompt, opened, pressed
from .test_composer_board import THREE, board, drawn, seen


def shown(page, number):
    board(page).locator("[aria-current=true]").and_(
        board(page).get_by_role("button", name=f"Show shot {number}")
    ).wait_for()


def test_shots_are_walked_cut_and_played_by_key_while_writing(signed_in, studio):
    page = signed_in
    opened(page, studio, prompt=THREE)
    drawn(page)
    editor(page).click()
    pressed(page, "Alt+p")
    page.wait_for_function("() => document.querySelector('video').paused")
    board(page).get_by_role("button", name="Show shot 1").click()
    shown(page, 1)
    editor(page).click()
    pressed(page, "Alt+ArrowDown")
    shown(page, 2)
    pressed(page, "Alt+ArrowDown")
    shown(page, 3)
    page.wait_for_function("() => Math.abs(document.querySelector('video').currentTime - 3.06) < 0.05")
    assert page.evaluate("getSelection().toString()").strip().startswith("Close-up of a girl")
    pressed(page, "Alt+ArrowDown", "Alt+ArrowUp")
    shown(page, 2)
    # a cut where the preview stands, and none where a shot would be too short
    page.get_by_role("slider", name="Place in the preview").fill("4")
    shown(page, 3)
    editor(page).click()
    pressed(page, "Alt+s")
    kept_prompt(
        page,
        "A beach at dusk.\n[0-2s] A red ball bounces.\n[2-3s] A dog runs.\n[3-4s] Close-up of a girl, the camera holds"
        " still.\n[4-5s] Close-up.",
    )
    drawn(page)
    page.get_by_role("slider", name="Place in the preview").fill("2.75")
    pressed(page, "Alt+s")
    page.get_by_text("A shot lasts at least 0.5 s").wait_for()


def test_the_keys_are_listed(signed_in, studio):
    page = signed_in
    opened(page, studio)
    at_the_end(page)
    page.keyboard.type("?")
    assert page.get_by_role("dialog", name="Keys").count() == 0, "in the text it is a question mark"
    page.get_by_role("radio", name="16:9").focus()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    dialog.get_by_text("Cut the shot where the preview stands").wait_for()
    seen(page, "keys")
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")


def test_a_script_that_says_more_than_the_clip_lasts_is_offered_the_length(signed_in, studio):
    page = signed_in
    text = "A girl on a beach.\n[0-4s] She waves.\n[4-6s] She dances."
    opened(page, studio, prompt=text)
    page.get_by_role("button", name="Make it 6 s").click()
    kept_prompt(page, text)
    assert page.get_by_role("slider", name="Length").input_value() == "6"
    page.wait_for_function(
        "() => [...document.querySelectorAll('button')].some(b => b.textContent === 'Generate' && !b.disabled)"
    )


def test_while_the_length_is_dragged_the_text_stands_still(signed_in, studio):
    page = signed_in
    text = "A girl on a beach.\n[0-4s] She waves.\n[4-6s] She dances."
    opened(page, studio, prompt=text, duration=6)
    page.get_by_role("button", name="Generate").wait_for()
    page.wait_for_timeout(1000)
    slider = page.get_by_role("slider", name="Length")
    box = slider.bounding_box()
    at = lambda seconds: box["x"] + 8 + (box["width"] - 16) * (seconds - 4) / 11  # noqa: E731
    page.mouse.move(at(6), box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(at(5.5), box["y"] + box["height"] / 2, steps=4)
    page.get_by_text("5.5 s", exact=True).first.wait_for()
    page.wait_for_timeout(500)
    assert editor(page).inner_text().strip().endswith("[4-6s] She dances.")
    page.mouse.move(at(8), box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    kept_prompt(page, text.replace("[4-6s]", "[4-8s]"))


def test_an_empty_composer_asks_for_nothing(signed_in, studio):
    page = signed_in
    asked, failed = [], []
    page.on(
        "request",
        lambda request: (
            request.method == "POST"
            and request.url.rpartition("/")[2] in ("estimate", "preview", "plan")
            and asked.append(request.url)
        ),
    )
    page.on("response", lambda answer: answer.status >= 400 and failed.append((answer.status, answer.url)))
    opened(page, studio, prompt="")
    page.get_by_text("Write what should happen first.").wait_for()
    page.wait_for_timeout(1500)
    assert asked == [] and failed == []
    page.get_by_role("button", name="Start blank").click()
    editor(page).click()
    page.keyboard.type("A ball.")
    page.get_by_text("Free").first.wait_for()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.get_by_text("Write what should happen first.").wait_for()
    asked.clear()
    page.wait_for_timeout(1500)
    assert asked == [] and failed == []


def test_without_its_server_the_composer_says_so_and_what_is_old_looks_old(signed_in, studio):
    page = signed_in
    opened(page, studio, prompt=THREE)
    drawn(page)
    page.context.set_offline(True)
    try:
        editor(page).click()
        page.keyboard.press("Control+A")
        page.keyboard.type('A robot in a kitchen. It says: "Tea?"')
        page.get_by_text("The server cannot be reached; what you wrote is kept.").wait_for()
        page.get_by_text("Not read yet: the server cannot be reached.").wait_for()
        page.get_by_text(AWAY).wait_for()
        assert page.get_by_role("button", name="Generate").is_disabled()
        for name in ("Shots", "Board"):
            page.wait_for_function(
                "(name) => getComputedStyle(document.querySelector(`section[aria-label=${name}]`)).opacity < 0.5",
                arg=name,
            )
        page.get_by_text("Of the words before", exact=True).wait_for()
        seen(page, "away")
    finally:
        page.context.set_offline(False)
    page.get_by_text("Not read yet").wait_for(state="hidden", timeout=PATIENCE)
    page.wait_for_function(
        "() => [...document.querySelectorAll('button')].some(b => b.textContent === 'Generate' && !b.disabled)"
    )
    page.wait_for_function("() => getComputedStyle(document.querySelector('section[aria-label=Shots]')).opacity == 1")


def test_a_submit_that_meets_no_server_waits_and_is_sent_once(signed_in, studio):
    page = signed_in
    opened(page, studio, prompt="A red ball bounces on a beach.", duration=4)
    page.wait_for_function(
        "() => [...document.querySelectorAll('button')].some(b => b.textContent === 'Generate' && !b.disabled)"
    )
    with studio.client() as client:
        before = client.get("/v1/generations").json()["total"]
    page.route("**/livez", lambda route: route.abort())
    page.route(
        "**/v1/generations", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    page.get_by_role("button", name="Generate").click()
    page.get_by_role("button", name="Waiting for the server").wait_for()
    page.unroute("**/v1/generations")
    page.unroute("**/livez")
    page.get_by_text("On its way.").wait_for(timeout=PATIENCE)
    with studio.client() as client:
        assert client.get("/v1/generations").json()["total"] == before + 1


@pytest.mark.parametrize("ratio", ["16:9", "9:16"])
def test_the_label_stands_beside_the_preview_and_is_on_no_picture_of_the_board(signed_in, studio, ratio):
    page = signed_in
    opened(page, studio, prompt=THREE, ratio=ratio)
    drawn(page)
    across, down = map(int, ratio.split(":"))
    width, height = page.evaluate("(v => [v.videoWidth, v.videoHeight])(document.querySelector('video'))")
    picture = round(width * down / across)
    assert 10 <= height - picture <= 50, "a strip under the picture"
    still = board(page).locator("img").first
    still.wait_for(timeout=3 * PATIENCE)
    made = still.evaluate("(image) => image.decode().then(() => image.naturalWidth / image.naturalHeight)")
    assert abs(made - across / down) < 0.03 * across / down
    seen(page, f"label-{ratio.replace(':', '-')}")
