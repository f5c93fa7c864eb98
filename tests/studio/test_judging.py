"""People judge clips in a real browser: ten blind pairs move the ranking, and a sitting that misses its trap does not
count."""

import io
import re
import subprocess
import wave

import imageio_ffmpeg
import numpy as np
import pytest
from sqlalchemy import select

from phonofilm.votes.tables import Sitting

from ..votes.conftest import takes as rows
from .conftest import settled, sign_in
from .test_studio_pages import findings

PROMPT = "A red ball bounces on a beach at dusk."


@pytest.fixture(scope="module")
def takes(studio, tmp_path_factory):
    """Five takes of one prompt by one engine and two by another: ten pairs. Rows, with one small film for all of
    them."""
    film = tmp_path_factory.mktemp("film") / "film.mp4"
    sources = (
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=640x360:rate=24:duration=4",
        "-f",
        "lavfi",
        "-i",
        "sine=frequency=440:duration=4",
    )
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "+faststart")
    subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y", *sources, *coded, str(film)], check=True
    )
    engines = ["fake"] * 5 + ["animatic"] * 2
    return dict(zip(rows(studio, PROMPT, engines, film=film), engines))


def heard(client, sitting):
    """The beeps of a sound check, counted."""
    with wave.open(io.BytesIO(client.get(f"/v1/votes/sittings/{sitting}/sound").content)) as file:
        loud = np.abs(np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)) > 8000
    return int((np.diff(np.flatnonzero(loud)) > 2400).sum()) + 1


def test_ten_pairs_by_keys_move_the_ranking(page, studio, takes):
    sign_in(page, studio.base, studio.make_key(user="voter", scopes=["generate", "read"]))
    page.goto(f"{studio.base}/arena")
    page.get_by_role("button", name="Begin to vote").click()
    for number in range(1, 11):
        page.get_by_text(f"Pair {number} of 10", exact=True).wait_for()
        if number == 1:
            assert page.get_by_role("button", name="Left is better").is_disabled()
            text = page.get_by_role("region", name="Which of the two is better?").inner_text()
            assert PROMPT in text and not re.search("animatic|fake", text)
            assert not findings(page)
            page.keyboard.press("Space")
        side = next(model for job, model in takes.items() if job in page.get_by_label("Left take").get_attribute("src"))
        page.wait_for_function(
            "() => [...document.querySelectorAll('button')].some(one => one.textContent.includes('A tie') &&"
            " !one.disabled)"
        )
        page.keyboard.press("ArrowLeft" if side == "animatic" else "ArrowRight")
        if number == 1:
            page.get_by_text("1 vote by one person").wait_for()
    page.get_by_text("Thank you, that was all of them").wait_for()
    page.get_by_text("10 votes by one person").wait_for()
    rows = page.get_by_role("region", name="Engines by votes").get_by_role("row").all_inner_texts()
    assert "animatic" in rows[1] and "100 %" in rows[1] and "fake" in rows[2] and "0 %" in rows[2]
    page.get_by_text("animatic leads, and more votes would not change that.").wait_for()
    settled(page)
    assert not findings(page)
    page.get_by_role("button", name="Ten more").click()
    page.get_by_text("there are no two takes of one prompt that you have not voted on").wait_for()


def test_a_study_is_laid_out_rated_and_a_missed_trap_is_left_out(page, studio, takes):
    sign_in(page, studio.base, studio.key)
    page.goto(f"{studio.base}/rate")
    page.get_by_role("button", name="New study").click()
    page.get_by_label("Name").fill("Beaches")
    choose = page.get_by_label(re.compile("is there for"))
    choose.first.wait_for()
    choose.nth(0).select_option("test")
    choose.nth(1).select_option("test")
    page.get_by_role("button", name="Lay it out").click()
    study = page.get_by_role("article", name="Beaches")
    study.get_by_text("2 clips, 0 ratings").wait_for()
    settled(page)
    assert not findings(page)
    for careful in (True, False):
        study.get_by_role("button", name="Begin to rate").click()
        page.get_by_role("heading", name="Before you begin").wait_for()
        with studio.app.state.service.db.reading() as session:
            sitting = session.scalars(
                select(Sitting).where(Sitting.kind == "rating").order_by(Sitting.id.desc())
            ).first()
            asked = next(item["asked"] for item in sitting.items if item["role"] == "trap")
        with studio.client() as client:
            beeps = heard(client, sitting.id)
        if careful:
            page.get_by_label("How many beeps do you hear?").fill(str(beeps + 1))
            page.get_by_role("button", name="Begin", exact=True).click()
            page.get_by_text("that was not the number of beeps").wait_for()
            with studio.client() as client:
                beeps = heard(client, sitting.id)
        page.get_by_label("How many beeps do you hear?").fill(str(beeps))
        page.get_by_role("button", name="Begin", exact=True).click()
        for number in range(1, 4):
            page.get_by_text(f"Clip {number} of 3", exact=True).wait_for()
            if number == 1:
                page.get_by_role("button", name="Play the clip").click()
            page.wait_for_function(
                "() => [...document.querySelectorAll('button')].some(one => one.textContent.includes('Fair') &&"
                " !one.disabled)"
            )
            trap = page.get_by_text("A check of attention").count() > 0
            page.keyboard.press(str(asked if careful and trap else asked % 5 + 1 if trap else 4 if careful else 1))
        page.get_by_text("Thank you: 3 of 3 rated.").wait_for()
        page.get_by_role("button", name="Back to the studies").click()
        study = page.get_by_role("article", name="Beaches")
    with studio.client() as client:
        ident = client.get("/v1/votes/studies").json()["data"][0]["id"]
        said = client.get(f"/v1/votes/studies/{ident}").json()
    # one person sat twice: the careless sitting does not count, the other does
    assert (
        said["left_out"] == 2
        and [clip["mean"] for clip in said["clips"]] == [4.0, 4.0]
        and said["raters"][0]["left_out"] == "missed a trap"
    )
    study.get_by_role("button", name="What it says").click()
    study.get_by_text("2 ratings left out.").wait_for()
    study.get_by_text("100 % of the tested clips are good").wait_for()
    settled(page)
    assert not findings(page)
