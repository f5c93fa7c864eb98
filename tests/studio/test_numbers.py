"""The owner's numbers in a real browser: what a real service counts, told in figures, charts and tables, and a model of
income whose inputs are changed."""

import re

import pytest

from ..server.conftest import finished, start
from .conftest import pick, settled, sign_in
from .test_studio_pages import findings

EXPECT = pytest.importorskip("playwright.sync_api").expect
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A server that has made three clips at four cents each, of which one is a favourite, and refused one."""
    home = tmp_path_factory.mktemp("numbers")
    prices = home / "prices.toml"
    prices.write_text('version = "test"\n[engines.fake]\nby = "second"\nusd = { "480p" = 0.01 }\n')
    server, stop = start(home / "home", cost_cap=0.03, prices=str(prices), review=False)
    with server.client() as client:
        asked = [
            {"model": "fake", "prompt": "A paper boat", "duration": 4},
            {"model": "fake", "prompt": "A paper kite", "duration": 4},
            {"model": "animatic", "prompt": "A red ball bounces.", "duration": 4},
            {"model": "fake", "prompt": "A man is beheaded, blood everywhere", "duration": 4},
        ]
        jobs = [client.post("/v1/generations", json=body).raise_for_status().json()["id"] for body in asked]
        ended = [finished(client, job)["state"] for job in jobs]
        assert ended == ["succeeded"] * 3 + ["failed"], ended
        client.patch(f"/v1/generations/{jobs[0]}", json={"favourite": True}).raise_for_status()
    yield server
    stop()


def figure(page, name):
    return page.get_by_role("term").filter(has_text=re.compile(f"^{name}$")).locator("xpath=..")


def test_the_numbers_of_real_jobs(page, house):
    sign_in(page, house.base, house.key)
    page.goto(f"{house.base}/console/numbers")
    page.get_by_role("heading", name="Numbers").wait_for()
    EXPECT(figure(page, "Active users")).to_contain_text("1")
    EXPECT(figure(page, "Generations")).to_contain_text("3 made into clips")
    EXPECT(figure(page, "Cost of a generation")).to_contain_text("$0.0267")
    EXPECT(figure(page, "Cost of a generation")).to_contain_text("89 % of the cap of $0.03")
    EXPECT(figure(page, "Moderation, of a thousand")).to_contain_text("250")
    EXPECT(figure(page, "Publish rate")).to_contain_text("33.3 %")
    EXPECT(figure(page, "Conversion")).to_contain_text("not known")
    row = page.get_by_role("region", name="Generations by engine").get_by_role("row", name=re.compile("^fake"))
    EXPECT(row).to_have_text(re.compile(r"fake\s*2\s*1\s*0\s*0\s*0\s*\$0\.08\s*\$0\.04"))
    page.wait_for_function("() => document.querySelectorAll('figure canvas').length === 4")
    chart = page.get_by_role("img", name=re.compile("^Generations a day"))
    assert "Made: today 3" in chart.get_attribute("aria-label")
    page.get_by_label("Engine", exact=True).select_option("animatic")
    page.get_by_role("img", name=re.compile("^Generations a day: Made: today 1,")).wait_for()
    pick(page, "7 days")
    page.get_by_role("img", name=re.compile("^Users a day: Users: today 1")).wait_for()


def test_an_input_of_the_model_is_changed_and_taken_back(page, house):
    """The service works the sums out; what stands there is what its API says."""
    sign_in(page, house.base, house.key)
    page.goto(f"{house.base}/console/numbers")
    table = page.get_by_role("region", name="Income by conversion")
    EXPECT(table.get_by_role("rowheader")).to_have_text(["0.1 %", "1 %", "5 %"])
    users = page.get_by_label("Users a month")
    EXPECT(users).to_have_value("1")
    users.fill("20000")
    page.get_by_label("Generations a month, of a user").fill("2")
    page.get_by_label("Price a month").fill("10")
    with house.client() as client:
        changed = {"days": 30, "users": 20_000, "free_generations": 2, "price": 10}
        told = client.get("/v1/admin/income", params=changed).raise_for_status().json()
    assert told["sources"]["users"] == "set" and told["sources"]["cost_per_generation"] == "measured"
    last = told["rows"][2]
    assert last["payers"] == 1000 and last["revenue"] == 10_000
    row = table.get_by_role("row", name=re.compile("^5 %"))
    EXPECT(row).to_contain_text("$10,000")
    EXPECT(row).to_contain_text(f"${last['profit']:,.0f}")
    page.get_by_text(f"Nothing is lost from {told['break_even']:.2f} % conversion on.").wait_for()
    page.get_by_label("Payment fee, per cent").fill("101")
    page.get_by_role("alert").filter(has_text="fee_percent").wait_for()
    page.get_by_role("button", name="As measured and assumed").click()
    EXPECT(users).to_have_value("1")
    EXPECT(page.get_by_role("alert")).to_have_count(0)


def test_a_phone_scrolls_one_way_only(contexts, house):
    page = contexts(**PHONE).new_page()
    sign_in(page, house.base, house.key)
    page.goto(f"{house.base}/console/numbers")
    page.get_by_role("region", name="Income by conversion").wait_for()
    page.wait_for_function("() => document.querySelectorAll('figure canvas').length === 4")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    inside = "one => one.scrollWidth <= one.clientWidth"
    assert all(region.evaluate(inside) for region in page.get_by_role("region").all()), "rows are cards there"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_the_numbers(contexts, house, theme):
    page = contexts(color_scheme=theme).new_page()
    sign_in(page, house.base, house.key)
    page.goto(f"{house.base}/console/numbers")
    page.get_by_role("region", name="Income by conversion").wait_for()
    page.wait_for_function("() => document.querySelectorAll('figure canvas').length === 4")
    settled(page)
    assert not findings(page)


def test_a_reviewer_sees_no_numbers(page, house):
    sign_in(page, house.base, house.make_key(user="judge", scopes=["review"]))
    page.goto(f"{house.base}/console/numbers")
    page.get_by_role("heading", name=re.compile("needs another key")).wait_for()
