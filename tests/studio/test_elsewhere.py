"""The studio from another machine over plain http, by another name of the same server, and below a path."""

import re

import pytest

from ..server.conftest import finished, start
from .conftest import sign_in

LOADED = (
    "() => { const all = [...document.querySelectorAll('article img')]; return all.length && all.every(one =>"
    " one.complete && one.naturalWidth > 0) }"
)


def other(base, name):
    return base.replace("127.0.0.1", name)


@pytest.mark.parametrize("name", ["films.test", "localhost"])
def test_generate_works_and_its_picture_is_shown(page, studio, name):
    base = other(studio.base, name)
    sign_in(page, base, studio.key)
    page.goto(f"{base}/")
    assert page.evaluate("isSecureContext") == (name == "localhost")
    page.get_by_role("textbox", name=re.compile("prompt", re.IGNORECASE)).first.click()
    page.keyboard.type("A red ball on a beach.")
    page.wait_for_function(
        "() => [...document.querySelectorAll('button')].some(b => b.textContent === 'Generate' && !b.disabled)"
    )
    with page.expect_response(
        lambda answer: answer.url.endswith("/v1/generations") and answer.request.method == "POST"
    ) as answer:
        page.get_by_role("button", name="Generate").click()
    assert answer.value.status == 201
    page.get_by_role("article").first.get_by_role("link", name=re.compile("^Play")).wait_for(timeout=180_000)
    page.wait_for_function(LOADED)


@pytest.fixture(scope="module")
def below(tmp_path_factory):
    server, stop = start(tmp_path_factory.mktemp("below"), public_url="http://films.test:9/film", visits_per_minute=0)
    yield server
    stop()


def test_the_studio_below_a_path(page, below):
    with below.client() as owner:
        made = finished(
            owner,
            owner.post(
                "/v1/generations", json={"model": "fake", "prompt": "A ball rolls", "duration": 4, "seed": 3}
            ).json()["id"],
        )
    base = f"{below.base}/film"
    sign_in(page, base, below.key)
    page.goto(f"{base}/")
    page.wait_for_function(LOADED)
    page.get_by_role("article").first.get_by_role("link", name=re.compile("^Play")).click()
    page.wait_for_url(f"{base}/clip/{made['id']}")
    page.wait_for_function("() => document.querySelector('video')?.readyState >= 2")
    page.reload()
    page.wait_for_function("() => document.querySelector('video')?.readyState >= 2")
    page.get_by_role("link", name="Library").first.click()
    page.wait_for_url(f"{base}/library")
    page.get_by_role("link", name=re.compile("A ball rolls")).first.wait_for()
    page.goto(f"{base}/templates")
    page.wait_for_function(
        "() => { const all = [...document.querySelectorAll('main img')]; return all.length && all.every(one =>"
        " one.src.includes('/film/v1/templates/')) }"
    )
