"""The viewing side of the studio in a real browser: play, step, subtitles, versions, library, comparison, verify, share
links."""

import re
import time

import pytest

from ..server.conftest import finished
from .conftest import pick, settled
from .test_studio_pages import findings

PROMPT = 'A boy in a red coat stands on a beach at dusk. A ball bounces. He says: "Good evening" [en]'


@pytest.fixture(scope="module")
def takes(studio):
    """Two takes of the same words, finished."""
    with studio.client() as client:
        body = {"model": "animatic", "prompt": PROMPT, "duration": 4}
        made = [client.post("/v1/generations", json={**body, "seed": seed}).json()["id"] for seed in (7, 8)]
        done = [finished(client, one) for one in made]
    assert [one["state"] for one in done] == ["succeeded"] * 2, [one["error"] for one in done]
    return done


def watched(page, script, seconds=30):
    """Wait until a script about the clip's video gives something true."""
    return page.wait_for_function(
        f"() => {{ const v = document.querySelector('video'); return v && ({script}) }}", timeout=seconds * 1000
    ).json_value()


def opened(page, studio, clip):
    page.goto(f"{studio.base}/clip/{clip['id']}")
    watched(page, "v.readyState >= 2")


def test_a_clip_plays_with_its_sound(signed_in, studio, takes):
    page = signed_in
    opened(page, studio, takes[0])
    assert page.evaluate("document.querySelector('video').src").startswith("blob:"), (
        "HLS comes through the media source"
    )
    page.keyboard.press("Space")
    assert watched(page, "v.currentTime > 0.5 && !v.paused")
    assert watched(page, "v.webkitAudioDecodedByteCount > 0 && v.webkitVideoDecodedByteCount > 0")
    assert page.evaluate("document.querySelector('video').captureStream().getAudioTracks().length") == 1
    page.keyboard.press("k")
    assert watched(page, "v.paused")


@pytest.mark.parametrize("status", [403, 404])
def test_a_refused_segment_brings_the_mp4_at_once(signed_in, studio, takes, status):
    page = signed_in
    asked = []

    def refuse(route):
        asked.append(route.request.url)
        route.fulfill(status=status, body="")

    page.route(re.compile(r"/media/.*/hls/.*\.(m4s|mp4)\?"), refuse)
    opened(page, studio, takes[0])
    assert "/video.mp4" in page.evaluate("document.querySelector('video').src") and 1 <= len(asked) <= 3, asked
    page.keyboard.press("Space")
    assert watched(page, "v.currentTime > 0.3 && !v.paused")


def test_single_frames(signed_in, studio, takes):
    page = signed_in
    opened(page, studio, takes[0])
    page.keyboard.press("Home")
    page.get_by_text("frame 1 /").wait_for()
    for number in (2, 3, 4):
        page.keyboard.press(".")
        page.get_by_text(re.compile(rf"frame {number} / 97")).wait_for()
    page.keyboard.press(",")
    page.get_by_text("frame 3 / 97").wait_for()
    watched(page, "Math.abs(v.currentTime - 2.5 / 24) < 0.01")
    strip = page.get_by_role("slider", name="Place in the clip")
    strip.focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text("frame 4 / 97").wait_for()
    page.keyboard.press("End")
    assert "frame 97 of 97" in strip.get_attribute("aria-valuetext")


def test_subtitles_and_the_moments_that_sound(signed_in, studio, takes):
    page = signed_in
    opened(page, studio, takes[0])
    watched(
        page,
        "[...v.textTracks].some(t => t.mode === 'showing' && t.cues && [...t.cues].some(c => c.text.includes('Good"
        " evening')))",
    )
    page.keyboard.press("c")
    watched(page, "[...v.textTracks].every(t => t.mode !== 'showing')")
    page.get_by_text("Good evening", exact=True).first.wait_for()
    contacts = takes[0]["result"]["details"]["contacts"]
    assert contacts, "the ball was heard"
    kind = contacts[0][1].replace("_", " ")
    page.keyboard.press("Home")
    page.get_by_role("button", name=re.compile(f"^{kind}")).click()
    first = next(at for at, name in contacts if name == contacts[0][1])
    watched(page, f"Math.abs(v.currentTime - {first}) < 0.06")


def test_a_clip_that_did_not_arrive_plays_when_the_server_is_back(signed_in, studio, takes):
    page = signed_in
    for file in ("**/*.m3u8*", "**/video.mp4*"):
        page.route(file, lambda route: route.abort())
    page.goto(f"{studio.base}/clip/{takes[0]['id']}")
    page.get_by_text("The clip cannot be played").wait_for()
    page.context.set_offline(True)
    page.get_by_role("button", name=re.compile("^Another take")).click()
    page.get_by_text("The server cannot be reached").first.wait_for()
    page.unroute_all()
    page.context.set_offline(False)
    watched(page, "v.readyState >= 2")
    assert page.get_by_text("The clip cannot be played").count() == 0


@pytest.mark.parametrize("status", [403, 404])
def test_a_refused_segment_is_asked_for_once_and_the_file_plays_instead(signed_in, studio, takes, status):
    page, asked = signed_in, []

    def refuse(route):
        asked.append(route.request.url)
        route.fulfill(status=status)

    page.route("**/*.m4s*", refuse)
    opened(page, studio, takes[0])
    assert "video.mp4" in page.evaluate("document.querySelector('video').src") and len(asked) == 1
    page.keyboard.press("Space")
    assert watched(page, "v.currentTime > 0.5 && !v.paused") and len(asked) == 1


def test_a_loop_from_in_to_out(signed_in, studio, takes):
    page = signed_in
    opened(page, studio, takes[0])
    page.evaluate("document.querySelector('video').currentTime = 1.01")
    page.get_by_text("frame 25 /").wait_for()
    page.keyboard.press("i")
    page.evaluate("document.querySelector('video').currentTime = 1.51")
    page.get_by_text("frame 37 /").wait_for()
    page.keyboard.press("o")
    page.evaluate(
        "window.most = 0; window.back = 0; let last = 0; setInterval(() => { const t ="
        " document.querySelector('video').currentTime; window.most = Math.max(window.most, t); if (t < last - 0.2)"
        " window.back++; last = t }, 20)"
    )
    page.keyboard.press("Space")
    page.wait_for_function("() => window.back >= 2", timeout=30_000)
    assert page.evaluate("window.most") < 2.2


def test_what_is_downloaded_is_the_clip(signed_in, studio, takes):
    page = signed_in
    opened(page, studio, takes[0])
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    data = download.value.path().read_bytes()
    assert (
        len(data) == next(file["bytes"] for file in takes[0]["outputs"] if file["name"] == "video.mp4")
        and data[4:8] == b"ftyp"
    )


def test_the_badge_reads_the_file(signed_in, studio, takes):
    page = signed_in
    opened(page, studio, takes[0])
    page.get_by_role("button", name="Made here, signed").click()
    dialog = page.get_by_role("dialog", name="Where this clip comes from")
    dialog.get_by_text("This was made here").wait_for(timeout=60_000)
    assert "Whole and ours" in dialog.inner_text() and dialog.inner_text().count("Found") == 2


def test_another_take(signed_in, studio, takes):
    page = signed_in
    opened(page, studio, takes[0])
    with page.expect_response(
        lambda answer: answer.url.endswith("/v1/generations") and answer.request.method == "POST"
    ) as answer:
        page.get_by_role("button", name=re.compile("^Another take")).click()
    made = answer.value.json()
    assert (
        answer.value.status == 201 and made["prompt"] == PROMPT and made["seed"] not in (7, 8) and made["duration"] == 4
    )
    page.get_by_role("button", name="Watch it").click()
    page.wait_for_url(f"**/clip/{made['id']}")
    with studio.client() as client:
        assert finished(client, made["id"])["state"] == "succeeded"
    page.get_by_role("button", name="Play", exact=True).wait_for(timeout=60_000)  # the page found out by itself


@pytest.mark.parametrize(
    ("button", "task", "role", "kind"),
    [
        ("Extend", "extend", "source", "video"),
        ("Edit", "edit", "source", "video"),
        ("Start from this frame", "generate", "first_frame", "image"),
        ("Use as reference", None, "reference", "video"),
    ],
)
def test_versions_begin_in_the_composer(signed_in, studio, takes, button, task, role, kind):
    page = signed_in
    opened(page, studio, takes[0])
    page.keyboard.press("Home")
    page.keyboard.press(".")
    page.get_by_role("button", name=re.compile(f"^{button}")).click()
    page.wait_for_url(f"{studio.base}/", timeout=30_000)
    page.wait_for_function(
        "(role) => JSON.parse(localStorage.getItem('phonofilm.draft') ?? '{}').references?.some(one => one.role ==="
        " role)",
        arg=role,
    )
    draft = page.evaluate("JSON.parse(localStorage.getItem('phonofilm.draft'))")
    reference = next(one for one in draft["references"] if one["role"] == role)
    assert reference["kind"] == kind and reference["person"] is False
    if task:
        assert draft["task"] == task and draft["parent"] == takes[0]["id"] and draft["duration"] == 4
    with studio.client() as client:
        asset = client.get(f"/v1/assets/{reference['asset']}").json()
        assert asset["kind"] == kind and asset["state"] == "ready"


def test_a_version_leaves_a_way_back_to_the_draft(signed_in, studio, takes):
    page = signed_in
    page.evaluate("localStorage.setItem('phonofilm.draft', JSON.stringify({ prompt: 'Not sent yet.' }))")
    opened(page, studio, takes[0])
    page.get_by_role("button", name=re.compile("^Open in composer")).click()
    page.wait_for_url(f"{studio.base}/")
    prompt = page.get_by_role("textbox", name="Prompt", exact=True)
    prompt.wait_for()
    assert prompt.inner_text().strip() == PROMPT
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function("() => document.querySelector('.ProseMirror').innerText.trim() === 'Not sent yet.'")


def test_a_clip_is_extended(signed_in, studio, takes):
    page = signed_in
    opened(page, studio, takes[0])
    page.get_by_role("button", name=re.compile("^Extend")).click()
    page.wait_for_url(f"{studio.base}/")
    page.get_by_role("textbox", name="Prompt", exact=True).click()
    with page.expect_response(lambda answer: answer.url.endswith("/v1/preview"), timeout=60_000) as preview:
        page.keyboard.type("The boy waves.")
    assert preview.value.status == 200, preview.value.text()
    with page.expect_response(
        lambda answer: answer.url.endswith("/v1/generations") and answer.request.method == "POST"
    ) as answer:
        page.get_by_role("button", name="Generate").click()
    made = answer.value.json()
    assert answer.value.status == 201 and (made["task"], made["parent"]) == ("extend", takes[0]["id"]), made
    with studio.client() as client:
        done = finished(client, made["id"])
    assert done["state"] == "succeeded", done["error"]
    page.goto(f"{studio.base}/clip/{takes[0]['id']}")
    page.get_by_role("link", name=re.compile("^Extension: The boy waves")).wait_for()


def test_the_library_finds_groups_and_compares(signed_in, studio, takes):
    page = signed_in
    with studio.client() as client:
        finished(
            client,
            client.post(
                "/v1/generations", json={"model": "fake", "prompt": "An owl in the snow", "duration": 4, "seed": 3}
            ).json()["id"],
        )
    page.goto(f"{studio.base}/library")
    group = page.get_by_role("region", name=re.compile("^A boy in a red coat"))
    group.wait_for()
    assert group.get_by_role("article").count() >= 2
    page.keyboard.press("/")
    page.keyboard.type("owl SNOW")
    page.wait_for_url("**/library?q=owl%20SNOW")
    page.get_by_text("1 clip found").wait_for()
    assert page.get_by_role("article").count() == 1
    page.get_by_role("searchbox").fill("nobody wrote this")
    page.get_by_text("Nothing fits").wait_for()
    page.get_by_role("button", name="Show everything").click()
    group.wait_for()
    group.get_by_role("button", name="Settings of Seed 7", exact=True).click()
    dialog = page.get_by_role("dialog")
    assert "0, 97 frames" not in dialog.inner_text() and "4 s, 97 frames" in dialog.inner_text()
    page.keyboard.press("Escape")
    for seed in (7, 8):
        group.get_by_role("button", name=f"Pick Seed {seed} to compare").click()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_url("**/compare?a=*")


def test_two_clips_play_as_one(signed_in, studio, takes):
    page = signed_in
    page.goto(f"{studio.base}/compare?a={takes[0]['id']}&b={takes[1]['id']}")
    page.wait_for_function(
        "() => [...document.querySelectorAll('video')].length === 2 && [...document.querySelectorAll('video')].every(v"
        " => v.readyState >= 2)",
        timeout=30_000,
    )
    assert page.evaluate("[...document.querySelectorAll('video')].map(v => v.muted)") == [False, True]
    page.keyboard.press("x")
    page.wait_for_function("() => [...document.querySelectorAll('video')].map(v => v.muted).join() === 'true,false'")
    page.keyboard.press("Space")
    page.wait_for_function(
        "() => [...document.querySelectorAll('video')].every(v => v.currentTime > 0.4)", timeout=30_000
    )
    page.keyboard.press("Space")
    page.wait_for_function("() => [...document.querySelectorAll('video')].every(v => v.paused && !v.seeking)")
    a, b = page.evaluate("[...document.querySelectorAll('video')].map(v => v.currentTime)")
    assert abs(a - b) < 1 / 24
    page.keyboard.press(".")
    page.wait_for_function(
        "(was) => [...document.querySelectorAll('video')].every(v => !v.seeking && v.currentTime > was)", arg=a
    )
    a, b = page.evaluate("[...document.querySelectorAll('video')].map(v => v.currentTime)")
    assert abs(a - b) < 0.001
    pick(page, "Flip")
    shown = "[...document.querySelectorAll('figure')].map(f => getComputedStyle(f).opacity).join()"
    assert page.evaluate(shown) == "0,1"
    page.keyboard.press("x")
    page.wait_for_function(f"() => {shown} === '1,0'")
    table = page.get_by_role("region", name="What differs")
    assert table.get_by_role("row", name=re.compile("Seed")).inner_text().split() == ["Seed", "7", "8"]
    assert (
        "The same" in table.get_by_role("row", name=re.compile("Prompt")).inner_text()
        and "Ratio" not in table.inner_text()
    )


def test_anybody_verifies_a_file(page, studio, takes, tmp_path):
    with studio.client() as client:
        (tmp_path / "clip.mp4").write_bytes(client.get(f"/v1/generations/{takes[1]['id']}/content").content)
    page.goto(f"{studio.base}/verify")
    page.get_by_label("File to verify").set_input_files(tmp_path / "clip.mp4")
    page.get_by_role("heading", name="This was made here").wait_for(timeout=60_000)
    assert takes[1]["id"] in page.get_by_role("main").inner_text() and PROMPT not in page.content()
    page.get_by_role("button", name="Another file").click()
    (tmp_path / "lie.mp4").write_bytes(b"\0\0\0\x20ftypisom" + b"x" * 5000)
    page.get_by_label("File to verify").set_input_files(tmp_path / "lie.mp4")
    page.get_by_role("alert").wait_for(timeout=30_000)
    page.get_by_label("Or look up a number").fill(takes[1]["id"])
    page.get_by_role("button", name="Look up").click()
    page.get_by_role("heading", name="This was made here").wait_for()


def test_a_link_shows_the_clip_until_it_is_taken_back(signed_in, guest, studio, takes):
    page = signed_in
    opened(page, studio, takes[0])
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Make a link").click()
    field = page.get_by_label("The link, shown only now")
    field.wait_for()
    link = field.input_value()
    assert link.startswith(f"{studio.base}/s/")
    guest.goto(link)
    guest.get_by_role("heading", name=re.compile("^A boy in a red coat")).wait_for()
    watched(guest, "v.readyState >= 2")
    guest.keyboard.press("Space")
    watched(guest, "v.currentTime > 0.3 && v.webkitAudioDecodedByteCount > 0")
    assert "Generated by a machine" in guest.get_by_role("main").inner_text()
    page.get_by_role("button", name="Take this one back").click()
    page.get_by_text("The link shows nothing from now on.").wait_for()
    guest.reload()
    guest.get_by_role("heading", name="This link has ended").wait_for()
    guest.goto(f"{studio.base}/s/{'x' * 32}")
    guest.get_by_role("heading", name="There is no such link").wait_for()


def test_a_link_ends_by_itself(guest, studio, takes):
    from sqlalchemy import update

    from phonofilm.jobs.store.tables import Share

    with studio.client() as client:
        made = client.post(f"/v1/generations/{takes[0]['id']}/shares", json={"expires_in": 60}).json()
    with studio.app.state.service.db.session() as session:
        session.execute(update(Share).where(Share.id == made["id"]).values(expires=time.time() - 1))
    guest.goto(made["url"])
    guest.get_by_role("heading", name="This link has ended").wait_for()


def test_a_take_is_judged_beside_its_clip_and_ranked(signed_in, studio, takes):
    page = signed_in
    opened(page, studio, takes[0])
    card = page.get_by_role("region", name="Against the prompt")
    card.get_by_role("button", name="Judge this take").click()
    card.get_by_text(re.compile(r"^\d+ of \d+ hold$")).wait_for(timeout=180_000)
    card.get_by_text(
        re.compile(r"^\d+ takes? of these words not judged yet")
    ).wait_for()  # other tests may have made some, too
    with studio.client() as client:
        said = [
            client.get(f"/v1/generations/{takes[0]['id']}/judgement").json(),
            client.post(f"/v1/generations/{takes[1]['id']}/judgement", timeout=180).json(),
        ]
    for verdict, title in (("kept", "Holds"), ("missed", "Does not hold"), ("not judged", "Not judged")):
        count = sum(check["verdict"] == verdict for check in said[0]["report"]["checks"])
        assert card.get_by_role("list", name=title, exact=True).get_by_role("listitem").count() == count
    page.reload()
    rows = card.get_by_role("list", name="Takes by what they keep").get_by_role("listitem")
    rows.nth(1).wait_for()
    assert card.get_by_role("button", name="Judge this take").count() == 0
    best = said[1]["takes"][0]["id"]
    assert ("This take" in rows.nth(0).inner_text()) == (best == takes[0]["id"]) and "This take" in " ".join(
        rows.all_inner_texts()
    )
    settled(page)
    assert not findings(page)
    card.get_by_role("link").click()
    page.wait_for_url(f"**/clip/{takes[1]['id']}")
    page.get_by_role("region", name="Against the prompt").get_by_text(re.compile(r"^\d+ of \d+ hold$")).wait_for()
