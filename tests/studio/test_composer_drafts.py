"""Drafts: a tab has one of its own, none is lost, and none is written by two."""

from .conftest import sign_in
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
        tab.wait_for_function("(said) => document.querySelector('[role=textbox][aria-label=Prompt]').innerText.trim() === said", arg=said)
    # what another tab holds cannot be opened here
    other.get_by_label("Draft", exact=True).select_option(label=f"{FIRST} Music."[:40])
    other.get_by_text("That draft is open in another tab.").wait_for()
    assert text(other) == SECOND
    # once it is closed, it can
    page.close()
    other.get_by_label("Draft", exact=True).select_option(label=f"{FIRST} Music."[:40])
    other.wait_for_function("(said) => document.querySelector('[role=textbox][aria-label=Prompt]').innerText.trim() === said", arg=FIRST + " Music.")


def test_drafts_are_begun_changed_and_thrown_away(signed_in, studio):
    page = signed_in
    opened(page, studio, prompt=FIRST)
    page.get_by_role("button", name="New draft").click()
    page.wait_for_function("() => document.querySelector('[role=textbox][aria-label=Prompt]').innerText.trim() === ''")
    typed(page, SECOND)
    page.wait_for_timeout(600)
    assert sorted(drafts_of(page)) == sorted([SECOND, FIRST])
    page.get_by_label("Draft", exact=True).select_option(label=FIRST)
    page.wait_for_function("(said) => document.querySelector('[role=textbox][aria-label=Prompt]').innerText.trim() === said", arg=FIRST)
    page.get_by_role("button", name="Throw this draft away").click()
    page.wait_for_function("(said) => document.querySelector('[role=textbox][aria-label=Prompt]').innerText.trim() === said", arg=SECOND)
    page.reload()
    editor(page).wait_for()
    page.wait_for_function("(said) => document.querySelector('[role=textbox][aria-label=Prompt]').innerText.trim() === said", arg=SECOND)
    assert page.get_by_label("Draft", exact=True).count() == 0, "one draft needs no list"


def test_what_is_brought_from_elsewhere_in_a_second_tab_leaves_the_first_alone(signed_in, studio):
    page = signed_in
    opened(page, studio, prompt=FIRST)
    kept_prompt(page, FIRST)
    other = page.context.new_page()
    sign_in(other, studio.base, studio.key)
    other.goto(f"{studio.base}/templates")
    other.locator("main li button").first.click()
    other.wait_for_url(f"{studio.base}/")
    editor(other).wait_for()
    assert text(other) not in ("", FIRST)
    page.reload()
    editor(page).wait_for()
    page.wait_for_function("(said) => document.querySelector('[role=textbox][aria-label=Prompt]').innerText.trim() === said", arg=FIRST)
