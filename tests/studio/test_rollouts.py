"""A canary on its way to everybody and one that is rolled back, on a clock moved by hand, as an operator sees them."""

from phonofilm.jobs.store.database import now
from phonofilm.rollout import control

from ..rollout.test_control import HOUR, outcomes, ratings
from .conftest import settled, sign_in
from .test_studio_pages import findings


def test_one_is_promoted_and_one_rolled_back(page, studio):
    db = studio.app.state.service.db
    sign_in(page, studio.base, studio.key)
    page.goto(f"{studio.base}/console/rollouts")
    page.get_by_text("Nothing is rolled out").wait_for()
    page.get_by_role("button", name="Begin a rollout").click()
    page.get_by_label("The engine it means now").select_option("fake")
    page.get_by_label("The candidate").select_option("animatic")
    page.get_by_role("button", name="Begin at 5 %").click()
    good = page.get_by_role("article", name="seedance_v2: animatic")
    good.get_by_text("5 %", exact=True).wait_for()
    good.get_by_text("200 more ratings").wait_for()
    with studio.client() as client:
        ident = client.get("/v1/admin/rollouts").json()["data"][0]["id"]
        for suite in ("unit", "vectors"):
            client.post(f"/v1/admin/rollouts/{ident}/suites", json={"suite": suite})
        body = {"model": "wan", "control": "fake", "candidate": "animatic", "passed": ["unit", "vectors"]}
        worse = client.post("/v1/admin/rollouts", json=body).json()["id"]
    moment = now()
    ratings(studio, "animatic", 200, moment + 1)
    # three days passed
    with db.session() as session:
        row = session.get_one(control.Rollout, ident)
        row.walk = {**row.walk, "soaked": 72 * HOUR - 60.0}
    outcomes(studio, ident, "candidate", 100, at=moment + 20)
    outcomes(studio, worse, "candidate", 300, errors=30, at=moment + 20)
    control.look(db, moment=moment + 60)
    good.get_by_text("25 %", exact=True).wait_for()
    bad = page.get_by_role("article", name="wan: animatic")
    bad.get_by_text("rolled back").wait_for()
    bad.get_by_text("errors above 2% and above the control arm's").wait_for()
    bad.get_by_text("0 %", exact=True).wait_for()
    settled(page)
    assert not findings(page)
    good.get_by_role("button", name="Hold").click()
    page.get_by_label("Why? It goes into the log of decisions.").fill("waits for the legal review")
    page.get_by_role("button", name="Hold now").click()
    good.get_by_text("held", exact=True).wait_for()
    good.get_by_role("button", name="Go on").click()
    page.get_by_label("Why? It goes into the log of decisions.").fill("it was seen")
    page.get_by_role("button", name="Go on now").click()
    good.get_by_text("on its way", exact=True).wait_for()
    # and two more
    with db.session() as session:
        row = session.get_one(control.Rollout, ident)
        row.walk = {**row.walk, "soaked": 48 * HOUR}
    outcomes(studio, ident, "candidate", 100, at=moment + 120)
    control.look(db, moment=moment + 180)
    good.get_by_text("100 %", exact=True).wait_for()
    good.get_by_text("everybody has it").wait_for()
    good.get_by_role("button", name="Roll back").click()
    page.get_by_label("Why? It goes into the log of decisions.").fill("not now")
    page.get_by_role("button", name="Roll back now").click()
    good.get_by_text("rolled back").wait_for()
