"""Bad input and bad luck in the composer: files that do not fit, lost connections, ended sessions, refusals, a server
that dies. What was typed stays."""

import os
import re
import signal
import socket
import subprocess
import sys
import time

import httpx2
import pytest

from phonofilm.jobs.accounts import keys

from ..server.conftest import finished
from .conftest import AWAY, pick, sign_in
from .test_composer import TWO_SHOTS, at_the_end, editor, kept_prompt, opened

BRING = """([name, type, size]) => {
  const data = new DataTransfer()
  data.items.add(new File([new Uint8Array(size)], name, { type }))
  dispatchEvent(new DragEvent('dragenter', { dataTransfer: data }))
  dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }))
}"""


PASTE = """([where, text, html]) => {
  const data = new DataTransfer()
  data.items.add(new File([new Uint8Array(100)], 'cells.png', { type: 'image/png' }))
  if (text) data.setData('text/plain', text)
  if (html) data.setData('text/html', html)
  document.querySelector(where).dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
}"""  # noqa: E501


def ready(page):
    page.wait_for_function(
        "() => [...document.querySelectorAll('button')].some(b => b.textContent === 'Generate' && !b.disabled)"
    )
    return page.get_by_role("button", name="Generate")


@pytest.mark.parametrize(("file", "words"), [
    (("huge.png", "image/png", 30_000_001), "Pictures may have 30 MB"),
    (("long.wav", "audio/wav", 15_500_000), "Sounds may have 15 MB"),
    (("notes.pdf", "application/pdf", 10), "neither a picture, a clip nor a sound"),
    (("empty.png", "image/png", 0), "is empty"),
])  # fmt: skip
def test_files_that_do_not_fit_are_answered_in_words(signed_in, studio, file, words):
    page = signed_in
    opened(page, studio)
    page.evaluate(BRING, list(file))
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert words in alert.inner_text() and file[0] in alert.inner_text()
    assert page.get_by_text("0/12 together").is_visible()
    kept_prompt(page, TWO_SHOTS)


def test_too_many_files(signed_in, studio, picture):
    page = signed_in
    opened(page, studio)
    data = picture.read_bytes()
    page.get_by_label("Reference files").set_input_files(
        [{"name": f"{number}.png", "mimeType": "image/png", "buffer": data} for number in range(11)]
    )
    assert "9 pictures already" in page.get_by_role("alert").inner_text()
    page.get_by_text("9/9 pictures").wait_for()
    page.get_by_role("button", name="Remove @image9").click()
    page.get_by_text("8/9 pictures").wait_for()


def test_a_file_that_lies_is_refused_by_the_server_and_can_be_removed(signed_in, studio):
    page = signed_in
    opened(page, studio)
    page.get_by_label("Reference files").set_input_files(
        {"name": "lie.png", "mimeType": "image/png", "buffer": b"not a picture at all" * 50}
    )
    card = page.get_by_role("listitem").filter(has=page.get_by_role("textbox", name="Name of lie.png in the prompt"))
    card.get_by_role("alert").wait_for()
    assert card.get_by_role("button", name="Retry").is_visible()
    assert (
        page.get_by_role("button", name="Generate").is_disabled()
        and page.get_by_text("1 file did not arrive").is_visible()
    )
    card.get_by_role("button", name="Remove @image1").click()
    ready(page)


def test_a_paste_is_taken_once_and_anywhere(signed_in, studio):
    page = signed_in
    opened(page, studio)
    page.get_by_text("Reads well").wait_for()
    page.evaluate(PASTE, [".ProseMirror", "", ""])
    page.get_by_text("1/12 together").wait_for()
    page.evaluate(PASTE, ["footer", "", ""])
    page.get_by_text("2/12 together").wait_for()
    # a spreadsheet brings a picture of its cells along: the text is what is meant
    at_the_end(page)
    page.evaluate(PASTE, [".ProseMirror", " A dog barks.", "<td>A dog barks.</td>"])
    kept_prompt(page, TWO_SHOTS + " A dog barks.")
    assert page.get_by_text("2/12 together").is_visible()


def test_a_failed_file_holds_nothing_up_once_it_is_left_behind(signed_in, studio):
    page = signed_in
    opened(page, studio)
    page.get_by_label("Reference files").set_input_files(
        {"name": "lie.png", "mimeType": "image/png", "buffer": b"not a picture at all" * 50}
    )
    page.get_by_role("button", name="Retry").wait_for()
    page.get_by_role("button", name="Start blank").click()
    editor(page).click()
    page.keyboard.type("A girl waves on a beach.")
    ready(page)
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("1 file did not arrive").wait_for()
    assert page.get_by_role("button", name="Generate").is_disabled()


def test_an_upload_outlives_the_connection(signed_in, studio, picture):
    page = signed_in
    opened(page, studio)
    page.get_by_text("Reads well").wait_for()
    page.context.set_offline(True)
    page.get_by_label("Reference files").set_input_files(picture)
    page.get_by_text("Waiting for the connection; the file is kept.").wait_for()
    page.get_by_text(AWAY).wait_for()
    at_the_end(page)
    page.keyboard.type(" More.")
    page.context.set_offline(False)
    page.wait_for_function(
        "() => JSON.parse(localStorage.getItem('phonofilm.draft')).references?.[0]?.asset", timeout=30_000
    )
    page.get_by_text("The server is back.", exact=True).wait_for()
    kept_prompt(page, TWO_SHOTS + " More.")


def test_a_session_that_ends_asks_over_the_page_and_goes_on(page, studio):
    key = studio.make_key(scopes=keys.SCOPES)
    sign_in(page, studio.base, key)
    opened(page, studio)
    ready(page)
    at_the_end(page)
    page.keyboard.type(" More.")
    kept_prompt(page, TWO_SHOTS + " More.")
    assert keys.revoke(studio.app.state.service.db, keys.split(key)[0])
    studio.app.state.auth.forget()
    studio.app.state.auth._sessions.clear()
    dialog = page.get_by_role("dialog", name="Your session has ended")
    page.evaluate(
        "() => [...document.querySelectorAll('button')].find(one => one.textContent === 'Generate').click()"
    )  # a list of the page may have asked already
    dialog.wait_for()
    dialog.get_by_label("API key").fill("pf_wrong_key")
    dialog.get_by_role("button", name="Sign in").click()
    dialog.get_by_role("alert").wait_for()
    assert "not known here" in dialog.get_by_role("alert").inner_text()
    dialog.get_by_label("API key").fill(studio.key)
    dialog.get_by_role("button", name="Sign in").click()
    dialog.wait_for(state="hidden")
    kept_prompt(page, TWO_SHOTS + " More.")
    # what was asked for before the dialog is on its way, without another press
    page.get_by_role("article", name=re.compile("^Take: A boy in a red hoodie")).first.wait_for()
    with studio.client() as client:
        assert client.get("/v1/generations").json()["data"][0]["prompt"] == TWO_SHOTS + " More."


def test_a_sign_in_in_another_tab_brings_its_token(signed_in, studio, picture):
    page = signed_in
    opened(page, studio)
    ready(page)
    other = page.context.new_page()
    sign_in(other, studio.base, studio.key)
    page.get_by_label("Reference files").set_input_files(picture)
    page.wait_for_function("() => JSON.parse(localStorage.getItem('phonofilm.draft')).references?.[0]?.asset")
    pick(page, "No")
    sign_in(other, studio.base, studio.key)
    with page.expect_response(
        lambda answer: (
            answer.url.endswith("/v1/generations") and answer.request.method == "POST" and answer.status != 403
        )
    ) as answer:
        ready(page).click()
    assert answer.value.status == 201, answer.value.text()
    sign_in(other, studio.base, studio.key)
    page.get_by_role("button", name="Account").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in to the studio").wait_for()
    other.reload()
    other.get_by_role("heading", name="Where does this come from?").wait_for()
    assert other.evaluate("fetch('/v1/session').then(answer => answer.status)") == 401


def test_a_sign_in_in_another_tab_ends_the_asking(signed_in, studio):
    page = signed_in
    opened(page, studio)
    ready(page)
    other = page.context.new_page()
    other.goto(f"{studio.base}/verify")
    assert (
        other.evaluate(
            "fetch('/v1/session').then(async answer => (await fetch('/v1/session', { method: 'DELETE', headers: {"
            " 'X-CSRF-Token': (await answer.json()).csrf } })).status)"
        )
        == 204
    )
    page.evaluate(
        "() => [...document.querySelectorAll('button')].find(one => one.textContent === 'Generate').click()"
    )  # a list of the page may have asked already
    dialog = page.get_by_role("dialog", name="Your session has ended")
    dialog.wait_for()
    sign_in(other, studio.base, studio.key)
    dialog.wait_for(state="hidden")
    page.get_by_role("article", name=re.compile("^Take: A boy in a red hoodie")).first.wait_for()


def test_a_sign_in_link_outlives_a_busy_server(page, studio):
    page.route("**/v1/session", lambda route: route.fulfill(status=503, json={}))
    page.goto(f"{studio.base}/#key={studio.key}")
    page.get_by_role("status", name="Waiting for the server").wait_for()
    assert "#key" in page.url
    page.unroute("**/v1/session")
    editor(page).wait_for()
    assert "#key" not in page.url


def test_a_double_click_is_one(page, studio):
    page.goto(studio.base)
    page.get_by_label("API key").fill(studio.key)
    page.evaluate(
        "() => { const real = fetch; window.asked = 0; window.fetch = async (...all) => { window.asked++; await new"
        " Promise(done => setTimeout(done, 500)); return real(...all) } }"
    )
    page.get_by_role("button", name="Sign in").dblclick()
    page.get_by_label("API key").press("Enter")
    assert page.evaluate("window.asked") == 1
    page.get_by_role("button", name="Account").wait_for()


def test_a_refused_prompt_is_said_and_kept(signed_in, studio):
    page = signed_in
    prompt = "A naked child on a beach"
    opened(page, studio, prompt=prompt)
    page.get_by_role("region", name="Animatic preview").get_by_text("policy refuses this").wait_for()
    ready(page).click()
    page.get_by_role("alert").or_(page.get_by_text("Failed", exact=True)).first.wait_for()
    kept_prompt(page, prompt)
    assert editor(page).inner_text().strip() == prompt


class Apart:
    """``phonofilm serve`` in a process of its own, which can be killed."""

    def __init__(self, home):
        self.home = home
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        self.key = ""
        self.process = None

    def start(self):
        environment = {
            **os.environ,
            "PHONOFILM_REQUESTS_PER_MINUTE": "0",
            "PHONOFILM_HEARTBEAT": "0.5",
            "PHONOFILM_HEARTBEAT_DEAD": "2",
            "PHONOFILM_DEFAULT_MODEL": "animatic",
        }
        command = [sys.executable, "-m", "phonofilm", "serve", "--home", str(self.home), "--port", str(self.port)]
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        for _ in range(1200):
            try:
                if httpx2.get(f"{self.base}/livez").status_code == 200:
                    break
            except httpx2.HTTPError:
                pass
            assert self.process.poll() is None, "the server did not start"
            time.sleep(0.1)
        if not self.key:
            said = ""
            while "#key=" not in said:
                said = self.process.stdout.readline()
            self.key = said.split("#key=")[1].strip()

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


@pytest.fixture
def apart(tmp_path):
    server = Apart(tmp_path / "home")
    server.start()
    yield server
    server.kill()


@pytest.mark.nightly
def test_the_server_is_killed_in_the_middle_and_comes_back(page, apart):
    sign_in(page, apart.base, apart.key)
    opened(
        page, apart, duration=6, resolution="480p", prompt="A boy runs on a beach at dusk, the camera tracks with him."
    )
    with page.expect_response(
        lambda answer: answer.url.endswith("/v1/generations") and answer.request.method == "POST"
    ) as answer:
        ready(page).click()
    made = answer.value.json()["id"]
    take = page.get_by_role("article").first
    take.get_by_text("Making picture and sound").wait_for()
    apart.kill()
    page.get_by_text(AWAY).wait_for()
    # writing goes on; what can be pressed waits until it is back
    at_the_end(page)
    page.keyboard.type(" A dog barks.")
    assert page.get_by_role("button", name="Generate").is_disabled()
    apart.start()
    page.get_by_text("The server is back.", exact=True).wait_for()
    ready(page).click()
    # both reach their end without a hand on the page, and the press made one clip
    page.wait_for_function(
        "() => document.querySelectorAll('article a[href^=\"/clip/\"]').length === 2", timeout=240_000
    )
    kept_prompt(page, "A boy runs on a beach at dusk, the camera tracks with him. A dog barks.")
    with httpx2.Client(base_url=apart.base, headers={"Authorization": f"Bearer {apart.key}"}) as client:
        every = client.get("/v1/generations").json()
        assert every["total"] == 2 and finished(client, made)["state"] == "succeeded"
    assert page.get_by_text("The server cannot be reached").count() == 0
