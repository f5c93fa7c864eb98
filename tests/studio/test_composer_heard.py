"""The prompt coloured by what the stage heard: a JSON prompt, a Chinese one and a screenplay; a word is clicked,
corrected, and the preview changes."""

import json

import pytest

from .conftest import PATIENCE
from .test_composer import at_the_end, editor, opened

SCREENPLAY = "EXT. BEACH - DAY\nA zorbly runs. A DOG barks.\n\nMIA\nCome back!"
TABLE = json.dumps(
    {
        "scenes": [
            {"duration": 2, "description": "A knight rides a horse through a forest"},
            {"duration": 3, "description": "A dragon roars"},
        ]
    }
)
CHINESE = "一只白猫在森林里奔跑，镜头推近。不要音乐。"


def heard(page, state, word):
    return page.locator(f"[data-heard='{state}']").filter(has_text=word).first


def paste(page, text):
    editor(page).click()
    page.keyboard.press("Control+A")
    page.evaluate(
        """(text) => { const data = new DataTransfer(); data.setData('text/plain', text);
        document.querySelector('[role=textbox][aria-label=Prompt]').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })) }""",  # noqa: E501
        text,
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TABLE, {"knight": "staged", "horse": "staged", "forest": "staged", "dragon": "staged"}),
        (CHINESE, {"猫": "staged", "森林": "staged", "奔跑": "staged", "音乐": "kept out"}),
        (SCREENPLAY, {"DOG": "staged", "zorbly": "unknown"}),
    ],
    ids=["json", "chinese", "screenplay"],
)
def test_words_are_coloured_by_what_was_heard(signed_in, studio, text, words):
    opened(signed_in, studio, prompt="x")
    paste(signed_in, text)
    for word, state in words.items():
        heard(signed_in, state, word).wait_for()
    assert signed_in.locator("[data-heard='ignored']").count() == 0


def test_a_word_is_clicked_and_told_what_it_means(signed_in, studio):
    page = signed_in
    opened(page, studio, prompt="A zorbly runs on a beach.", seed=3)
    page.get_by_text("What the stage heard").wait_for()
    at_the_end(page)
    heard(page, "unknown", "zorbly").click()
    card = page.get_by_role("dialog", name="The word zorbly")
    assert "is not understood" in card.inner_text()
    page.wait_for_function("() => document.querySelector('video')?.src.startsWith('blob:')", timeout=3 * PATIENCE)
    before = page.locator("video").first.get_attribute("src")
    card.get_by_label("It means").fill("dog")
    card.get_by_role("button", name="Say so").click()
    heard(page, "staged", "zorbly").wait_for()
    page.wait_for_function(
        "(before) => document.querySelector('video').src !== before", arg=before, timeout=3 * PATIENCE
    )
    page.wait_for_function(
        "() => JSON.parse(localStorage.getItem('phonofilm.draft')).prompt.endsWith('MEANS: zorbly = dog')"
    )
    page.reload()
    heard(page, "staged", "zorbly").click()
    card = page.get_by_role("dialog", name="The word zorbly")
    assert (
        "is staged: dog" in " ".join(card.inner_text().split()) and card.get_by_label("It means").input_value() == "dog"
    )
    page.keyboard.press("Escape")
    card.wait_for(state="detached")
