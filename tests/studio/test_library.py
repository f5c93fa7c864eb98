"""Clips kept apart in a real browser: names, projects and favourites; takes that differ by their times; notes over a
link; and all of it on a phone."""

import re

import httpx2
import pytest

from ..server.conftest import finished
from .conftest import settled, sign_in
from .test_studio_pages import findings
from .test_viewing import opened, watched

SHOTS = "[0-{cut}s] A red ball bounces on a beach at dusk. [{cut}-{end}s] The camera pushes in."
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def make(studio, prompt, **more):
    with studio.client() as client:
        answer = client.post("/v1/generations", json={"model": "fake", "prompt": prompt, "duration": 4, **more})
        assert answer.status_code == 201, answer.text
        done = finished(client, answer.json()["id"])
    assert done["state"] == "succeeded", done["error"]
    return done


@pytest.fixture(scope="module")
def clips(studio):
    """Two takes of one script whose shots have other times, and another clip."""
    return [
        make(studio, SHOTS.format(cut=2, end=4), seed=351_695_873),
        make(studio, SHOTS.format(cut=1.5, end=4), seed=12),
        make(studio, "An owl lands on a snowy branch and turns its head slowly towards us while snow falls", seed=13),
    ]


def test_a_clip_is_named_laid_into_a_project_and_starred(signed_in, studio, clips):
    page, owl = signed_in, clips[2]
    page.goto(f"{studio.base}/clip/{owl['id']}")
    page.get_by_role("button", name="Name and project").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("The owl, calmer")
    dialog.get_by_label("Project", exact=True).fill("Winter film")
    dialog.get_by_role("button", name="Keep").click()
    page.get_by_role("heading", name="The owl, calmer", level=1).wait_for()
    page.get_by_role("button", name="Make The owl, calmer a favourite").click()
    page.get_by_role("button", name="The owl, calmer is a favourite; make it one no more").wait_for()
    page.get_by_role("link", name="Winter film").click()
    page.wait_for_url("**/library?project=Winter%20film")
    page.get_by_text("1 clip found").wait_for()
    assert page.get_by_label("Project", exact=True).input_value() == "Winter film"
    page.get_by_label("Project", exact=True).select_option("")
    page.get_by_role("button", name="Only favourites").click()
    page.wait_for_url("**/library?favourite=yes")
    page.get_by_text("1 clip found").wait_for()
    page.reload()
    page.get_by_text("1 clip found").wait_for()
    page.get_by_role("button", name="Only favourites").click()
    page.get_by_role("searchbox").fill("calmer winter")
    page.get_by_text("1 clip found").wait_for()
    card = page.get_by_role("article")
    assert "The owl, calmer" in card.inner_text() and "fake" in card.inner_text() and "Winter film" in card.inner_text()
    card.get_by_role("button", name="The owl, calmer is a favourite; make it one no more").click()
    card.get_by_role("button", name="Make The owl, calmer a favourite").wait_for()
    with studio.client() as client:
        told = client.get(f"/v1/generations/{owl['id']}").json()
        assert (told["name"], told["project"], told["favourite"]) == ("The owl, calmer", "Winter film", False)
    assert not findings(page)


def test_a_project_too_long_for_the_service_is_said_in_the_dialog(signed_in, studio, clips):
    page = signed_in
    page.goto(f"{studio.base}/clip/{clips[0]['id']}")
    page.get_by_role("button", name="Name and project").click()
    field = page.get_by_role("dialog").get_by_label("Name", exact=True)
    field.evaluate("one => one.removeAttribute('maxlength')")
    field.fill("x" * 121)
    page.get_by_role("button", name="Keep").click()
    page.get_by_text(re.compile("at most 120|120 characters")).wait_for()
    assert field.input_value() == "x" * 121


def test_takes_with_other_times_lie_together_and_say_their_engine(signed_in, studio, clips):
    page = signed_in
    page.goto(f"{studio.base}/library?q=ball%20dusk%20pushes")
    page.get_by_text("2 clips found").wait_for()
    group = page.get_by_role("region", name=re.compile("A red ball bounces"))
    assert group.count() == 1 and group.get_by_role("article").count() == 2 and "2 takes" in group.inner_text()
    page.goto(f"{studio.base}/clip/{clips[0]['id']}")
    family = page.get_by_role("link", name=re.compile(r"^Seed 12\b"))
    family.wait_for()
    assert "fake · 4 s" in family.inner_text()


def test_a_viewer_of_a_link_leaves_a_note_on_a_frame(signed_in, guest, studio, clips):
    page, clip = signed_in, clips[0]
    opened(page, studio, clip)
    page.get_by_role("button", name="Share").click()
    assert page.get_by_label("Let viewers leave notes on frames").is_checked()
    page.get_by_role("button", name="Make a link").click()
    field = page.get_by_label("The link, shown only now")
    field.wait_for()
    guest.goto(field.input_value())
    watched(guest, "v.readyState >= 2")
    guest.evaluate("document.querySelector('video').currentTime = 2.51")
    box = guest.get_by_label(re.compile(r"^Your note on frame 61, at 0:02\.5"))
    box.wait_for()
    box.fill("He beheads a man, blood and gore everywhere")
    guest.get_by_role("button", name="Leave it here").click()
    guest.get_by_text(re.compile("Policy refuses this here")).wait_for()
    box.fill("Too dark here.\nCould it be dusk still?")
    guest.get_by_label("Your name, if you like").fill("Mia")
    assert not findings(guest)
    guest.get_by_role("button", name="Leave it here").click()
    guest.get_by_role("heading", name="Notes (1)").wait_for()
    guest.keyboard.press("Escape")
    guest.evaluate("document.querySelector('video').currentTime = 0")
    guest.get_by_role("button", name="0:02.50 · shot 2, go to frame 61").click()
    watched(guest, "Math.abs(v.currentTime - 60 / 24) < 0.03")
    # its owner
    page.goto(f"{studio.base}/clip/{clip['id']}")
    notes = page.get_by_role("region", name="Notes of viewers")
    notes.wait_for()
    assert (
        "1 open note" in notes.inner_text()
        and "Mia" in notes.inner_text()
        and "Could it be dusk still?" in notes.inner_text()
    )
    assert page.locator("b[title^='Mia: Too dark here.']").count() == 1, "a pin on the strip"
    notes.get_by_role("button", name="0:02.50 · shot 2, go to frame 61").click()
    page.get_by_text("frame 61 /").wait_for()
    notes.get_by_role("button", name="Done").click()
    notes.get_by_text("All done.").wait_for()
    assert not findings(page)
    guest.reload()
    guest.get_by_text("· done").wait_for()
    notes.get_by_role("button", name="Delete the note on frame 61").click()
    notes.wait_for(state="detached")
    guest.reload()
    guest.get_by_role("heading", name="Notes", exact=True).wait_for()


def test_a_link_without_notes_has_no_form(guest, studio, clips):
    with studio.client() as client:
        url = client.post(f"/v1/generations/{clips[0]['id']}/shares", json={"notes": False}).json()["url"]
    guest.goto(url)
    guest.get_by_text("Generated by a machine").wait_for()
    assert guest.get_by_role("button", name="Leave it here").count() == 0


@pytest.fixture
def phone(contexts, studio):
    page = contexts(**PHONE).new_page()
    sign_in(page, studio.base, studio.key)
    return page


@pytest.mark.parametrize(
    "part",
    [
        "console/reviews",
        "console/notices",
        "console/consents",
        "console/keys",
        "console/engines",
        "console/metrics",
        "library",
        "templates",
        "verify",
        "",
    ],
)
def test_no_page_scrolls_sideways_on_a_phone(phone, studio, clips, part):
    phone.goto(f"{studio.base}/{part}")
    phone.locator("main").wait_for()
    settled(phone)
    assert phone.evaluate(WIDE) <= 0, phone.evaluate(
        "() => [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth +"
        " 1).slice(0, 8).map(e => e.outerHTML.slice(0, 120))"
    )


def test_keys_are_read_whole_on_a_phone(phone, studio):
    phone.goto(f"{studio.base}/console/keys")
    table = phone.get_by_role("region", name="Keys")
    table.wait_for()
    assert table.evaluate("one => one.scrollWidth - one.clientWidth") <= 1, "nor does the table scroll"
    for column in ("Tenant", "User", "May", "Last used", "Until"):
        assert table.locator(f"td[data-column='{column}']").first.is_visible()
    box = phone.get_by_role("button", name=re.compile("^Revoke the key")).first.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390


def test_templates_are_a_few_screens_on_a_phone(phone, studio):
    phone.goto(f"{studio.base}/templates")
    phone.locator("main li button").first.wait_for()
    height = phone.evaluate("document.documentElement.scrollHeight")
    assert height < 4500, height
    first, second = (phone.locator("main li").nth(at).bounding_box() for at in (0, 1))
    assert first["y"] == second["y"], "two side by side"
    assert all(
        phone.locator("main li strong").evaluate_all("all => all.map(one => one.scrollWidth <= one.clientWidth + 1)")
    )


def test_titles_are_read_whole_on_a_phone(phone, studio, clips):
    phone.goto(f"{studio.base}/library?q=ball%20dusk%20pushes")
    phone.get_by_text("2 clips found").wait_for()
    shown = phone.locator("article [class*=name]").evaluate_all(
        "all => all.map(one => [one.textContent, one.scrollWidth <= one.clientWidth, one.scrollHeight <="
        " one.clientHeight + 1])"
    )
    assert ["Seed 351695873", True, True] in shown and all(wide and tall for _, wide, tall in shown), shown


def test_the_axes_of_the_metrics_tell_their_values_apart(signed_in, studio, clips):
    """What is written at the axes is drawn on canvases: it is listened to while it is drawn."""
    page = signed_in
    page.add_init_script("""window.told = new Map()
        const draw = CanvasRenderingContext2D.prototype.fillText
        CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
          const figure = this.canvas.closest('figure')?.querySelector('h2')?.textContent
          if (figure) (window.told.get(figure) ?? window.told.set(figure, []).get(figure)).push(text)
          return draw.call(this, text, ...rest)
        }
        const clear = CanvasRenderingContext2D.prototype.clearRect
        CanvasRenderingContext2D.prototype.clearRect = function (...rest) {
          const figure = this.canvas.closest('figure')?.querySelector('h2')?.textContent
          if (figure) window.told.set(figure, [])
          return clear.call(this, ...rest)
        }""")
    page.goto(f"{studio.base}/console/metrics")
    page.wait_for_function("() => document.querySelectorAll('figure canvas').length === 6 && window.told.size === 6")
    settled(page)
    told = page.evaluate("Object.fromEntries(window.told)")
    values = {
        name: [text for text in texts if not re.fullmatch(r"\d\d:\d\d(:\d\d)?|\d{1,2} [A-Z][a-z]+", text)]
        for name, texts in told.items()
    }
    assert all(len(texts) >= 2 for texts in values.values()), told
    for name, texts in values.items():
        assert len(set(texts)) == len(texts), (name, texts)
        units = {re.sub(r"[\d.,$]", "", text).strip() for text in texts if text != "0"}
        at = sorted(float(re.sub(r"[^\d.]", "", text)) for text in texts)
        if len(units) == 1:  # milliseconds and seconds may meet at one axis
            assert all(abs((after - before) - at[1]) < 1e-9 for before, after in zip(at, at[1:], strict=False)), (
                name,
                texts,
            )
    assert all(
        re.fullmatch(r"\d+", text) for name in ("Waiting to begin", "Waiting for a person") for text in values[name]
    ), values
    assert all(re.fullmatch(r"0|\$\d+(\.\d\d+)?", text) for text in values["Settled cost"]), values["Settled cost"]


def test_the_entry_for_an_engine_works_as_it_is_shown(signed_in, studio, tmp_path, monkeypatch):
    from ..server.conftest import start

    page = signed_in
    page.goto(f"{studio.base}/console/engines")
    page.get_by_text("Add an engine, or change one").click()
    entry = page.get_by_label("An entry for Seedance")
    entry.wait_for()
    assert not findings(page)
    (tmp_path / "phonofilm.toml").write_text(entry.inner_text() + "\n\n[engines.animatic]\n")
    monkeypatch.setenv("ARK_API_KEY", "not-a-key")
    from phonofilm.server.settings import Settings

    assert set(Settings.load(home=tmp_path).engines) == {"ark", "animatic"}
    running, stop = start(
        tmp_path, worker=False, engines=Settings.load(home=tmp_path).engines, default_model="animatic"
    )
    try:
        with running.client() as client:
            assert {one["name"]: one["remote"] for one in client.get("/v1/admin/engines").json()["data"]} == {
                "ark": True,
                "animatic": False,
            }
            priced = client.post("/v1/estimate", json={"prompt": "A ball bounces.", "model": "ark", "duration": 5})
            assert priced.status_code == 200 and priced.json()["cost"] > 0, priced.text
    finally:
        stop()
    assert httpx2.get(f"{studio.base}/livez", timeout=60).status_code == 200
