"""Drafts: a tab has one of its own, none is lost, and none is written by two."""

from .test_composer import at_the_end, editor, kept_prompt, opened

FIRST, SECOND = "A red ball bounces on a beach.", "A dog runs in a forest."


def text(page):
    return editor(page).inner_text().strip()


def typed(page, words):
    at_the_end(page)
    page.keyboard.type(words)


def other_tab(page, studio):
    other = page.context.new_page()
    other.goto(studio.base)
    editor(other).wait_for()
    return other


def drafts_of(page):
    return [option.strip() for option in page.get_by_label("Draft", exact=True).locator("option").all_inner_texts()]


def test_two_tabs_never_write_one_draft(signed_in, studio):
    page = signed_in
    opened(page, studio, prompt=FIRST)
    kept_prompt(page, FIRST)
    other = other_tab(page, studio)
    assert text(other) != FIRST, "the draft is open in the first tab"
    typed(other, SECOND)
    typed(page, " Music.")
    kept_prompt(page, FIRST + " Music.")
    other.wait_for_timeout(600)
    for tab, said in ((page, FIRST + " Music."), (other, SECOND)):
        tab.reload()
        editor(tab).wait_for()
        tab.wait_for_function(
            "(said) => document.querySelector('[role=textbox][aria-label=Prompt]').innerText.trim() === said", arg=said
        )
    # what another tab holds cannot be opened here
    other.get_by_label("Draft", exact=True).select_option(label=f"{FIRST} Music."[:40])
    other.get_by_text("That draft is open in another tab.").wait_for()
    assert text(other) == SECOND
    # once it is closed, it can
    page.close()
    other.get_by_label("Draft", exact=True).select_option(label=f"{FIRST} Music."[:40])
    other.wait_for_function(
        "(said) => document.querySelector('[role=textbox][aria-label=Prompt]').innerText.trim() === said",
        arg=FIRST + " Music.",
    )
