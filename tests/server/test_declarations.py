"""What an upload says of real persons: a request may be stricter, never less so, and nobody says less of the same
file."""

import base64

import pytest

from phonofilm.jobs.library import assets
from phonofilm.jobs.run import retention
from phonofilm.jobs.store.database import now
from phonofilm.jobs.store.tables import Asset, Consent, Job
from phonofilm.media.probe import probe
from phonofilm.trust.consent import stricter

from .conftest import finished

BODY = {"prompt": "A red ball", "model": "fake", "duration": 4}


def upload(client, picture, **said):
    with picture.open("rb") as file:
        answer = client.post("/v1/assets", files={"file": ("face.png", file)}, data=said)
    return answer.json()


def asked(client, asset, **said):
    reference = {"kind": "image", "role": "first_frame", "asset": asset, **said}
    return client.post("/v1/generations", json={**BODY, "references": [reference]}).json()


@pytest.fixture
def tenant(running, request):
    """A client of a tenant of its own."""
    name = "t" + str(abs(hash(request.node.name)))[:12]
    with running.client(running.make_key(tenant=name)) as client:
        client.tenant = name
        yield client


@pytest.mark.parametrize(
    ("declared", "said", "counts"),
    [(None, None, None), (None, False, False), (None, True, True), (False, None, False), (False, False, False),
        (False, True, True), (True, None, True), (True, False, True), (True, True, True)],
)  # fmt: skip
def test_a_request_may_only_be_stricter(declared, said, counts):
    assert stricter(declared, said) is counts
    assert stricter(declared, said, consent="con_1") is True, "a leave is a person's"


def test_a_declared_person_stays_one_whatever_a_request_says(running, tenant, picture):
    face = upload(tenant, picture, person="true")
    assert face["person"] is True
    for said in ({"person": False}, {}):
        job = asked(tenant, face["id"], **said)
        assert job["references"][0]["person"] is True
        ended = finished(tenant, job["id"])
        assert (ended["state"], ended["error"]["code"]) == ("failed", "person_without_consent")


def test_an_expired_leave_is_not_got_round(running, tenant, picture):
    leave = tenant.post("/v1/consents", json={"subject": "Ana", "scope": ["face"], "evidence": "release.pdf"}).json()[
        "id"
    ]
    face = upload(tenant, picture, consent=leave)
    assert (face["person"], face["consent"]) == (True, leave), "who names a leave has said that it shows a person"
    with running.app.state.service.db.session() as session:
        session.get(Consent, leave).expires = now() - 1
    ended = finished(tenant, asked(tenant, face["id"], person=False)["id"])
    assert (ended["state"], ended["error"]["code"]) == ("failed", "person_without_consent")


def test_the_same_file_again_says_no_less(running, tenant, picture):
    """Uploaded again, sent along as data, and by another user of the tenant; another tenant says what it knows
    itself."""
    leave = tenant.post("/v1/consents", json={"subject": "Ana", "scope": ["face"], "evidence": "release.pdf"}).json()[
        "id"
    ]
    face = upload(tenant, picture, person="true", consent=leave)
    again = upload(tenant, picture, person="false")
    with running.client(running.make_key(tenant=tenant.tenant, user="another")) as another:
        theirs = upload(another, picture, person="false")
    assert [(one["person"], one["consent"]) for one in (again, theirs)] == [(True, leave)] * 2
    data = "data:image/png;base64," + base64.b64encode(picture.read_bytes()).decode()
    inline = tenant.post(
        "/v1/generations",
        json={**BODY, "references": [{"kind": "image", "role": "first_frame", "url": data, "person": False}]},
    ).json()
    assert inline["references"][0]["person"] is True
    with running.client(running.make_key(tenant=tenant.tenant + "x")) as stranger:
        assert upload(stranger, picture, person="false")["person"] is False
    with running.app.state.service.db.reading() as session:
        rows = {session.get(Asset, one["id"]).sha256 for one in (face, again, theirs)}
        assert len(rows) == 1 and session.get(Job, inline["id"]).request["references"][0]["person"] is True


def test_a_leave_and_no_person_contradict_each_other(tenant, picture):
    leave = tenant.post("/v1/consents", json={"subject": "Ana", "scope": ["face"], "evidence": "release.pdf"}).json()[
        "id"
    ]
    assert upload(tenant, picture, person="false", consent=leave)["error"]["field"] == "person"


def test_an_upload_gives_back_a_file_that_lives(running, tenant, picture):
    """One that is about to end is begun anew, for its tenant's own days; one that the sweep has just removed is another
    one."""
    service = running.app.state.service
    first = upload(tenant, picture, person="false")["id"]
    with service.db.session() as session:
        row = session.get(Asset, first)
        row.created, row.keep_until = now() - 30 * 86_400, now() + 2
    again = upload(tenant, picture, person="false")["id"]
    with service.db.session() as session:
        row = session.get(Asset, again)
        assert again == first and row.keep_until > now() + 29 * 86_400 and row.created > now() - 60
        row.state = "removed"
    other = upload(tenant, picture, person="false")["id"]
    assert other != first and tenant.get(f"/v1/assets/{other}").json()["state"] == "ready"


def test_the_sweep_leaves_alone_what_was_begun_anew(running, tenant, picture, monkeypatch):
    service = running.app.state.service
    ident = upload(tenant, picture, person="false")["id"]
    with service.db.session() as session:
        session.get(Asset, ident).keep_until = now() - 1
    found = retention._due_assets

    def meanwhile(*given):
        late = found(*given)
        if ident in late:
            assets.store(
                service.tools, tenant.tenant, "somebody", picture, probe(picture), name="face.png", person=False
            )
        return late

    monkeypatch.setattr(retention, "_due_assets", meanwhile)
    retention.sweep(service.db, service.bucket)
    assert tenant.get(f"/v1/assets/{ident}").json()["state"] == "ready"
