"""The console in a real browser: a held clip is judged and released, a notice upheld, keys made, the log checked, the
charts drawn; and who may see it."""

import io
import re
import time

import httpx2
import numpy as np
import pytest
from PIL import Image

from ..server.conftest import finished
from .conftest import AWAY, pick, settled, sign_in
from .test_studio_pages import findings

REASON = "It shows a real person without a consent on record."


def picture(seed):
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (400, 640, 3)).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


def held(studio, prompt="She waves", files=()):
    """A job that waits for a person: its prompt is doubtful, or nobody said whether its pictures show somebody."""
    with studio.client() as owner:
        answers = [owner.post("/v1/assets", files={"file": ("a.png", data)}) for data in files]
        assert all(answer.status_code == 201 for answer in answers), [answer.text for answer in answers]
        references = [{"kind": "image", "role": "first_frame", "asset": answer.json()["id"]} for answer in answers]
        job = owner.post(
            "/v1/generations",
            json={"model": "fake", "prompt": prompt, "duration": 4, "seed": 3, "references": references},
        ).json()["id"]
        until = time.monotonic() + 120
        while owner.get(f"/v1/generations/{job}").json()["state"] != "review":
            assert time.monotonic() < until
            time.sleep(0.1)
    return job


@pytest.fixture
def judge(page, studio):
    sign_in(page, studio.base, studio.make_key(user="judge", scopes=["review"]))
    return page


def test_a_held_clip_is_judged_by_key_and_released(judge, guest, studio):
    page, second = judge, studio.make_key(user="second", scopes=["review"])
    job = held(studio, prompt="A boy waves at a crowd", files=[picture(1)])
    page.goto(f"{studio.base}/console/reviews")
    page.get_by_role("list").get_by_text("Person").wait_for()
    page.keyboard.press("n")
    page.get_by_role("heading", name="Before making").wait_for()
    shown = page.get_by_alt_text("What is to be judged")
    shown.wait_for()
    assert "blur" in shown.evaluate("one => getComputedStyle(one).filter"), "blurred until somebody chooses to see"
    page.keyboard.press("b")
    page.wait_for_function(
        "() => getComputedStyle(document.querySelector('img[alt=\"What is to be judged\"]')).filter === 'none'"
    )
    page.keyboard.press("b")
    hold = page.get_by_role("button", name="Hold to look")
    hold.hover()
    page.mouse.down()
    page.wait_for_function(
        "() => getComputedStyle(document.querySelector('img[alt=\"What is to be judged\"]')).filter === 'none'"
    )
    page.mouse.up()
    page.wait_for_function(
        "() => getComputedStyle(document.querySelector('img[alt=\"What is to be judged\"]')).filter !== 'none'"
    )
    assert re.fullmatch(r"1\d:\d\d", page.get_by_role("timer").inner_text().strip())
    page.keyboard.press("p")
    page.get_by_role("button", name="Publish now").wait_for()
    page.wait_for_function("() => document.activeElement.type === 'submit'")
    page.keyboard.press("Enter")
    page.get_by_text("Your vote is on record").wait_for()
    # persons need two: another reviewer agrees, and the clip goes on to its end
    sign_in(guest, studio.base, second)
    guest.goto(f"{studio.base}/console/reviews")
    guest.get_by_text("1 of 2 votes").wait_for()
    guest.keyboard.press("n")
    guest.get_by_role("heading", name="Before making").wait_for()
    guest.keyboard.press("p")
    guest.get_by_role("button", name="Publish now").wait_for()
    guest.wait_for_function("() => document.activeElement.type === 'submit'")
    guest.keyboard.press("Enter")
    guest.get_by_text("Decided: Publish.").wait_for()
    with studio.client() as owner:
        assert finished(owner, job)["state"] == "succeeded"


def test_a_block_needs_its_reason_and_an_appeal_goes_to_somebody_else(judge, guest, studio):
    page = judge
    job = held(studio, prompt="A nude woman on a beach")
    page.goto(f"{studio.base}/console/reviews")
    page.get_by_role("button", name=re.compile("Sexual", re.IGNORECASE)).click()
    page.get_by_text("There is only the prompt to judge.").wait_for()
    page.keyboard.press("x")
    field = page.get_by_label("The reason, told to the owner")
    field.wait_for()
    assert page.get_by_role("button", name=re.compile("^Block now")).is_disabled()
    field.press("1")
    assert field.input_value() == REASON
    field.press("Control+Enter")
    page.get_by_text("Decided: Block.").wait_for()
    with studio.client() as owner:
        assert finished(owner, job)["state"] == "failed"
    sign_in(guest, studio.base, studio.key)
    guest.goto(f"{studio.base}/clip/{job}")
    guest.get_by_role("button", name="Appeal against this").click()
    guest.get_by_label("Why is the decision wrong?").fill("It is a statue.")
    guest.get_by_role("button", name="Send the appeal").click()
    guest.get_by_text("Your appeal is on record").wait_for()
    pick(page, "Appeals")
    page.get_by_role("button", name=re.compile("Appeal ·")).click()
    page.get_by_text(re.compile("appeal against your own decision")).first.wait_for()


def test_its_owner_says_that_nobody_is_shown_and_the_take_goes_on(signed_in, studio):
    """A single user has no reviewer: the strip asks what is missing, and one press is the answer."""
    page = signed_in
    job = held(studio, prompt="A ball rolls over a lawn", files=[picture(77)])
    page.goto(f"{studio.base}/")
    take = page.get_by_role("article", name="Take: A ball rolls over a lawn")
    take.get_by_text("show or sound like a real person").wait_for()
    take.get_by_role("button", name="No real person").click()
    take.get_by_role("link", name=re.compile("^Play")).wait_for()
    with studio.client() as owner:
        assert owner.get(f"/v1/generations/{job}").json()["state"] == "succeeded"


def test_a_notice_takes_a_clip_down(judge, guest, studio):
    page = judge
    with studio.client() as owner:
        clip = finished(
            owner,
            owner.post(
                "/v1/generations", json={"model": "fake", "prompt": "Ana waves", "duration": 4, "seed": 44}
            ).json()["id"],
        )
    guest.goto(f"{studio.base}/verify")
    guest.get_by_label("Or look up a number").fill(clip["id"])
    guest.get_by_role("button", name="Look up").click()
    guest.get_by_role("button", name="Report this clip").click()
    guest.get_by_label("What should the person who decides know?").fill("It shows me and I never agreed.")
    guest.get_by_label("How can we reach you?").fill("ana@example.com")
    guest.get_by_role("button", name="Send the report").click()
    guest.get_by_text("Thank you. A person decides by").wait_for()
    page.goto(f"{studio.base}/console/notices")
    page.get_by_role("button", name=re.compile("ana@example.com")).click()
    page.get_by_label("What is to be judged").wait_for()
    page.get_by_label("The facts this rests on").fill("The face is hers; no consent is on record.")
    assert page.get_by_role("button", name="Decide").is_disabled()
    pick(page, "Take it down")
    page.get_by_role("button", name="Take it down").click()
    page.get_by_text("The clip and what was made of it are taken down.").wait_for()
    assert httpx2.get(clip["outputs"][0]["url"], timeout=60).status_code == 404


def test_consents_are_recorded_and_withdrawn(signed_in, studio):
    page = signed_in
    page.goto(f"{studio.base}/console/consents")
    page.get_by_role("button", name="Record a consent").click()
    page.get_by_label("Whose leave").fill("Ana Lopez")
    page.get_by_label("voice").check()
    page.get_by_role("button", name="Record it").click()
    row = page.get_by_role("row", name=re.compile("Ana Lopez"))
    assert "face, voice" in row.inner_text()
    row.get_by_role("button", name="Withdraw the consent of Ana Lopez").click()
    page.get_by_role("button", name="Withdraw it").click()
    row.get_by_text("withdrawn").wait_for()


def test_a_key_is_made_shown_once_and_revoked(signed_in, studio):
    page = signed_in
    page.goto(f"{studio.base}/console/keys")
    page.get_by_role("button", name="Make a key").click()
    page.get_by_label("Tenant").fill("acme")
    page.get_by_label("User").fill("bo")
    page.get_by_label("Name of the key").fill("desk")
    page.get_by_role("button", name="Make it").click()
    key = page.locator("dialog code").inner_text()
    assert studio.client(key).get("/v1/generations").status_code == 200
    page.get_by_role("button", name="I have it").click()
    page.get_by_role("button", name="Revoke the key desk").click()
    page.get_by_role("button", name="Revoke", exact=True).click()
    page.get_by_text("The key opens nothing from now on.").wait_for()
    assert key not in page.content() and studio.client(key).get("/v1/generations").status_code == 401
    page.get_by_role("button", name="Budget and limits of acme").click()
    page.get_by_label("Budget a month, in dollars").fill("12.5")
    page.get_by_label("Jobs at once").fill("3")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("of $12.50").wait_for()
    page.get_by_text("Jobs at once: 3").wait_for()


def test_engines_the_log_and_the_charts(signed_in, studio):
    page = signed_in
    with studio.client() as owner:
        # the clip taken down above has blocked what looks like it, and all clips of the fake engine do
        made = finished(
            owner,
            owner.post(
                "/v1/generations", json={"model": "animatic", "prompt": "A lamp in the fog", "duration": 4, "seed": 3}
            ).json()["id"],
        )
        assert made["state"] == "succeeded", made["error"]
    page.goto(f"{studio.base}/console/engines")
    page.get_by_role("heading", name=re.compile("^animatic")).wait_for()
    page.get_by_role("button", name="Check the log").click()
    page.get_by_text("The log is whole").wait_for()
    page.goto(f"{studio.base}/console/metrics")
    page.wait_for_function("() => document.querySelectorAll('figure canvas').length === 6")
    for name in (
        "generation_latency_ms",
        "job_error_rate_pct",
        "publish_rate_per_min",
        "moderation_queue_count",
        "queue_depth",
    ):
        page.get_by_text(re.compile(name)).wait_for()
    drawn = (
        "one => { const d = one.getContext('2d').getImageData(0, 0, one.width, one.height).data; return d.some(v => v >"
        " 0) }"
    )
    assert all(canvas.evaluate(drawn) for canvas in page.locator("figure canvas").all())
    assert "now" in page.get_by_role("img", name=re.compile("^From submit to published")).get_attribute("aria-label")


def test_a_creator_sees_no_reviews_and_no_keys(page, studio):
    sign_in(page, studio.base, studio.make_key(user="maker", scopes=["generate", "read"]))
    assert page.get_by_role("navigation", name="Pages").get_by_role("link", name="Console").count() == 0
    page.goto(f"{studio.base}/console/keys")
    page.get_by_role("heading", name=re.compile("needs another key")).wait_for()


def test_the_console_comes_back_with_the_server(signed_in, studio):
    """The server is away for a while: the page says so, keeps what is typed, and goes on by itself."""
    page = signed_in
    page.goto(f"{studio.base}/console/keys")
    page.get_by_role("button", name="Make a key").click()
    page.get_by_label("User").fill("kept")
    page.route("**/v1/**", lambda route: route.abort())
    page.route("**/livez", lambda route: route.abort())
    page.get_by_role("button", name="Make it").click()
    page.get_by_text(AWAY).wait_for()
    assert page.get_by_label("User").input_value() == "kept"
    page.unroute("**/v1/**")
    page.unroute("**/livez")
    page.get_by_text("The server is back.", exact=True).wait_for()
    page.get_by_role("button", name="Make it").click()
    page.get_by_text("This is the only time the whole key is shown.").wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_console(contexts, studio, theme):
    page = contexts(color_scheme=theme).new_page()
    sign_in(page, studio.base, studio.key)
    for part in ("reviews", "notices", "consents", "keys", "engines", "metrics"):
        page.goto(f"{studio.base}/console/{part}")
        page.locator("main h1").first.wait_for()
        settled(page)
        found = findings(page)
        assert not found, (part, found)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_a_case(contexts, studio, theme):
    held(studio, files=[picture(20 + len(theme))])
    page = contexts(color_scheme=theme).new_page()
    sign_in(page, studio.base, studio.make_key(user=f"judge-{theme}", scopes=["review"]))
    page.goto(f"{studio.base}/console/reviews")
    page.get_by_role(
        "button", name=re.compile("person", re.IGNORECASE)
    ).first.click()  # not "the next": an appeal may come before it
    page.get_by_alt_text("What is to be judged").wait_for()
    page.keyboard.press("x")
    page.get_by_label("The reason, told to the owner").wait_for()
    assert not findings(page)
    page.keyboard.press("Escape")
    page.keyboard.press("u")  # put back, for whoever comes next
    page.get_by_text("Take a case").wait_for()
