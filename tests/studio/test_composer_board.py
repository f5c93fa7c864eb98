"""The board of shots, the preview that follows it, and what leaves as a file."""

import os
from pathlib import Path

import opentimelineio as otio
import pypdf

from .conftest import PATIENCE
from .test_composer import editor, kept_prompt, opened

THREE = (
    "A beach at dusk.\n[0-2s] A red ball bounces.\n[2-3s] A dog runs.\n[3-5s] Close-up of a girl, the camera holds"
    " still."
)


def board(page):
    return page.get_by_role("region", name="Board")


def drawn(page):
    page.wait_for_function(
        "() => document.querySelector('video')?.readyState >= 2 && !document.body.innerText.includes('Of the words"
        " before')",
        timeout=3 * PATIENCE,
    )


def seen(page, name):
    """For a person's eye, where one asks for it: SCREENSHOTS names the folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_two_shots_change_places_and_the_prompt_leaves_as_storyboard_and_time_line(signed_in, studio):
    page = signed_in
    opened(page, studio, prompt=THREE)
    board(page).get_by_role("button", name="Move shot 1 down").click()
    kept_prompt(
        page,
        "A beach at dusk.\n[0-1s] A dog runs.\n[1-3s] A red ball bounces.\n[3-5s] Close-up of a girl, the camera holds"
        " still.",
    )
    board(page).get_by_text("0–1 s").wait_for()
    with page.expect_download() as download:
        board(page).get_by_role("button", name="Storyboard PDF").click()
    pages = pypdf.PdfReader(download.value.path()).pages
    assert (
        len([image for one in pages for image in one.images]) == 3
        and download.value.suggested_filename == "storyboard.pdf"
    )
    text = " ".join(one.extract_text() for one in pages)
    assert text.index("A dog runs.") < text.index("A red ball bounces.") < text.index("Close-up of a girl")
    with page.expect_download() as download:
        board(page).get_by_role("button", name="OTIO").click()
    clips = list(
        otio.adapters.read_from_string(Path(download.value.path()).read_text("utf-8"), "otio_json").find_clips()
    )
    assert [clip.metadata["phonofilm"]["words"] for clip in clips][:2] == ["A dog runs.", "A red ball bounces."]
    assert [int(clip.source_range.duration.value) for clip in clips] == [25, 48, 48]


def test_a_shot_is_said_twice_and_another_left_out(signed_in, studio):
    page = signed_in
    opened(page, studio, prompt=THREE)
    board(page).get_by_role("button", name="Duplicate shot 2").click()
    kept_prompt(
        page,
        "A beach at dusk.\n[0-2s] A red ball bounces.\n[2-3s] A dog runs.\n[3-4s] A dog runs.\n[4-6s] Close-up of a"
        " girl, the camera holds still.",
    )
    board(page).get_by_role("button", name="Delete shot 1").click()
    kept_prompt(
        page,
        "A beach at dusk.\n[0-1s] A dog runs.\n[1-2s] A dog runs.\n[2-4s] Close-up of a girl, the camera holds still.",
    )
    assert page.get_by_role("slider", name="Length").input_value() == "4"


def test_the_preview_is_scrubbed_and_follows_the_shot_that_is_chosen(signed_in, studio):
    page = signed_in
    opened(page, studio, prompt=THREE)
    drawn(page)
    board(page).locator("img").nth(2).wait_for(timeout=3 * PATIENCE)
    page.get_by_role("button", name="Pause the preview").click()
    board(page).get_by_role("button", name="Show shot 3").click()
    page.wait_for_function("() => Math.abs(document.querySelector('video').currentTime - 3.06) < 0.05")
    board(page).locator("[aria-current=true]").and_(board(page).get_by_role("button", name="Show shot 3")).wait_for()
    bar = page.get_by_role("slider", name="Place in the preview")
    bar.fill("2.5")
    page.wait_for_function("() => Math.abs(document.querySelector('video').currentTime - 2.5) < 0.05")
    board(page).locator("[aria-current=true]").and_(board(page).get_by_role("button", name="Show shot 2")).wait_for()
    seen(page, "board")
    page.set_viewport_size({"width": 390, "height": 844})
    seen(page, "board-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_preview_of_other_words_looks_like_it(signed_in, studio):
    page = signed_in
    opened(page, studio, prompt="A red ball bounces on a beach.")
    drawn(page)
    page.route("**/v1/preview", lambda route: None)  # the next is never done
    editor(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" A dog runs.")
    page.get_by_text("Of the words before").wait_for()
