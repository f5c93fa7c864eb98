"""Votes over HTTP: blind pairs, studies with traps and gold, what is refused, what the votes add up to, and what goes
with a voter."""

import collections
import concurrent.futures
import io
import json
import wave

import numpy as np
import pytest
from sqlalchemy import func, select

from phonofilm.cli.main import main
from phonofilm.jobs.store.database import new_id
from phonofilm.jobs.store.tables import AuditEntry, Job
from phonofilm.votes import sittings, studies
from phonofilm.votes.tables import Sitting, Vote

from .conftest import takes

WATCHED = {"seconds": 4.0, "muted": False, "volume": 1.0, "frames": 97, "dropped": 0, "took": 900}
SCREEN = {"width": 854, "height": 480, "scale": 1.0}


def error(answer):
    return answer.status_code, answer.json()["error"]["code"], answer.json()["error"]["field"]


def db(server):
    return server.app.state.service.db


@pytest.fixture
def tenant(server):
    """A tenant of its own, and its user's client."""
    name = new_id("t")[:20].replace("_", "-")
    with server.client(server.make_key(tenant=name, user="ana", scopes=["generate", "read"])) as client:
        client.tenant = name
        yield client


def begin(client, **body):
    answer = client.post("/v1/votes/sittings", json={"kind": "arena", **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


def vote(client, sitting, item, **said):
    return client.post(f"/v1/votes/sittings/{sitting}/votes", json={"item": item, "playback": WATCHED, **said})


def opened(server, client, study):
    """A rating sitting whose beeps were counted."""
    sitting = begin(client, kind="rating", study=study)
    assert sitting["opened"] is False and sitting["next"] is None
    sound = client.get(f"/v1/votes/sittings/{sitting['id']}/sound")
    with wave.open(io.BytesIO(sound.content)) as file:
        loud = np.abs(np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)) > 8000
    heard = int((np.diff(np.flatnonzero(loud)) > 2400).sum()) + 1
    answer = client.post(f"/v1/votes/sittings/{sitting['id']}/checks", json={"heard": heard, "screen": SCREEN})
    assert answer.status_code == 200 and answer.json()["opened"], answer.text
    return answer.json()


def test_ten_pairs_are_blind_shuffled_and_move_the_ranking(server, tenant):
    best = set()
    for number in range(12):
        one, _ = takes(
            server, f"A red ball bounces {number} times on a beach.", ("better", "worse"), tenant=tenant.tenant
        )
        best.add(one)
    assert tenant.get("/v1/votes/ranking").json()["engines"] == []
    state = begin(tenant, pairs=10)
    assert state["items"] == 10
    sides = collections.Counter()
    while not state["closed"]:
        shown = state["next"]
        assert (
            "better" not in json.dumps(shown) and "worse" not in json.dumps(shown) and shown["right"]["seconds"] == 4.0
        )
        left = any(job in shown["left"]["url"] for job in best)
        sides[left] += 1
        answer = vote(tenant, state["id"], shown["item"], choice="left" if left else "right")
        assert answer.status_code == 201, answer.text
        state = answer.json()
    assert state["done"] == 10 and state["next"] is None and len(sides) == 2  # all on one side: once in 512
    ranked = tenant.get("/v1/votes/ranking").json()
    assert [one["name"] for one in ranked["engines"]] == ["better", "worse"] and ranked["engines"][0][
        "elo"
    ] > 1000 > ranked["engines"][1]["elo"]
    assert (ranked["votes"], ranked["voters"], ranked["total"], len(ranked["takes"])) == (10, 1, 20, 20)
    assert {one["generation"] for one in ranked["takes"][:10]} <= best
    assert ranked["settled"] and "would not change" in ranked["verdict"]
    # two pairs are left, and then nothing
    rest = begin(tenant, pairs=10)
    assert rest["items"] == 2
    for item in range(2):
        assert vote(tenant, rest["id"], item, choice="tie").status_code == 201
    refused = tenant.post("/v1/votes/sittings", json={"kind": "arena"})
    assert error(refused)[:2] == (409, "conflict")


def test_takes_of_one_engine_are_paired_where_there_is_no_other(server, tenant):
    takes(server, "A kite over a dune.", ("one", "one"), tenant=tenant.tenant)
    takes(server, "A kite over a lake.", ("one", "two", "two"), tenant=tenant.tenant)
    state = begin(tenant, pairs=50)
    assert state["items"] == 3  # of the second prompt only those across engines
    for item in range(3):
        assert vote(tenant, state["id"], item, choice="left").status_code == 201
    ranked = tenant.get("/v1/votes/ranking").json()
    assert sum(one["votes"] for one in ranked["engines"]) == 4 and ranked["total"] == 5


def test_what_is_refused_says_why(server, tenant):
    one, _other = takes(server, "A goat on a hill.", ("a", "b"), tenant=tenant.tenant)
    third, fourth = takes(server, "A goat in a valley.", ("a", "b"), tenant=tenant.tenant)
    state = begin(tenant)
    ident = state["id"]
    assert error(vote(tenant, ident, 7, choice="left")) == (400, "invalid_parameter", "item")
    assert error(vote(tenant, ident, 0)) == (400, "invalid_parameter", "choice")
    assert error(vote(tenant, ident, 0, choice="left", score=3)) == (400, "invalid_parameter", "choice")
    muted = {"item": 0, "choice": "left", "playback": {**WATCHED, "muted": True}}
    assert error(tenant.post(f"/v1/votes/sittings/{ident}/votes", json=muted)) == (400, "invalid_parameter", "playback")
    hasty = {"item": 0, "choice": "left", "playback": {**WATCHED, "seconds": 1.9}}
    assert error(tenant.post(f"/v1/votes/sittings/{ident}/votes", json=hasty)) == (400, "invalid_parameter", "playback")
    assert vote(tenant, ident, 0, choice="tie").status_code == 201
    assert error(vote(tenant, ident, 0, choice="left")) == (409, "conflict", "item")  # twice
    # the other pair's clip is taken down while it is on the screen
    with db(server).session() as session:
        voted = session.scalar(select(Vote.pair).where(Vote.sitting == ident))
        gone = third if one in voted else one
        session.get_one(Job, gone).state = "removed"
    assert error(vote(tenant, ident, 1, choice="left")) == (410, "removed", "item")
    after = tenant.get(f"/v1/votes/sittings/{ident}").json()
    assert after["closed"] and after["next"] is None and after["done"] == 1
    assert fourth
    # from a closed sitting, from somebody else's, and from a key that may not
    takes(server, "A goat in the rain.", ("a", "b"), tenant=tenant.tenant)
    again = begin(tenant)
    assert tenant.post(f"/v1/votes/sittings/{again['id']}/close").json()["closed"]
    assert error(vote(tenant, again["id"], 0, choice="left"))[:2] == (409, "conflict")
    with server.client(server.make_key(tenant=tenant.tenant, user="bob", scopes=["generate", "read"])) as other:
        assert error(other.get(f"/v1/votes/sittings/{again['id']}"))[:2] == (404, "not_found")
        assert error(vote(other, again["id"], 0, choice="left"))[:2] == (404, "not_found")
    assert tenant.get("/v1/votes/sittings/nonsense").status_code in (400, 404)


def test_two_at_once_are_one_vote(server, tenant):
    """The same pair in two sittings of one person: two tabs."""
    takes(server, "A drum in a hall.", ("a", "b"), tenant=tenant.tenant)
    first, second = begin(tenant), begin(tenant)
    assert vote(tenant, first["id"], 0, choice="left").status_code == 201
    assert error(vote(tenant, second["id"], 0, choice="right")) == (409, "conflict", "item")


def study(client, clips, traps=0, **roles):
    body = {"name": "beaches", "traps": traps, "clips": [{"generation": one, **roles.get(one, {})} for one in clips]}
    answer = client.post("/v1/votes/studies", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def rate(server, client, ident, scores, asked=lambda right: right):
    """Through a whole study: ``scores`` by clip; what a trap asks for is answered by ``asked``."""
    state = opened(server, client, ident)
    order = []
    while not state["closed"]:
        shown = state["next"]
        clip = next(one for one in scores if one in shown["left"]["url"])
        score = scores[clip] if shown["asked"] is None else asked(shown["asked"])
        order.append((clip, shown["training"]))
        answer = vote(client, state["id"], shown["item"], score=score)
        assert answer.status_code == 201, answer.text
        state = answer.json()
    return order


def test_a_study_with_reference_gold_training_and_a_trap_missed(server, tenant):
    reference, test = takes(server, "A cat on a wall.", ("film", "native"), tenant=tenant.tenant)
    training, gold = takes(server, "A cat on a roof.", ("film", "native"), tenant=tenant.tenant)
    roles = {
        reference: {"role": "reference"},
        training: {"role": "training"},
        gold: {"role": "gold", "low": 1, "high": 2},
        test: {"role": "test"},
    }
    made = study(tenant, [reference, test, training, gold], traps=1, **roles)
    honest = {reference: 5, test: 4, training: 3, gold: 1}
    for user, scores, asked in (
        ("u1", honest, lambda right: right),
        ("u2", {**honest, reference: 4, test: 3}, lambda right: right),
        ("u3", {**honest, test: 1}, lambda right: right % 5 + 1),
        ("u4", {**honest, gold: 5, test: 1}, lambda right: right),
    ):
        with server.client(server.make_key(tenant=tenant.tenant, user=user, scopes=["read"])) as client:
            order = rate(server, client, made["id"], scores, asked)
        assert order[0] == (training, True) and len(order) == 5
    said = tenant.get(f"/v1/votes/studies/{made['id']}").json()
    by_clip = {one["generation"]: one for one in said["clips"]}
    assert set(by_clip) == {reference, test, gold} and by_clip[test]["votes"] == 2
    assert by_clip[test]["mean"] == 3.5 and by_clip[test]["difference"] == pytest.approx(4.0, abs=0.01)
    assert [one["left_out"] for one in said["raters"]] == ["", "", "missed a trap", "missed the gold clips"]
    assert said["left_out"] == 6 and said["study"]["votes"] == 12
    assert said["raters"][0]["bias"] > said["raters"][1]["bias"] and said["alpha"] is not None
    assert tenant.post(f"/v1/votes/studies/{made['id']}/close").json()["closed"]
    assert error(tenant.post("/v1/votes/sittings", json={"kind": "rating", "study": made["id"]}))[:2] == (
        409,
        "conflict",
    )


def test_a_rating_stands_and_is_taken_from_nobody_elses_or_closed_study(server, tenant):
    first, second, third = takes(server, "A ship in a bottle.", ("a", "b", "c"), tenant=tenant.tenant)
    made = study(tenant, [first, second, third])
    state = opened(server, tenant, made["id"])
    assert vote(tenant, state["id"], 0, score=4).status_code == 201
    assert error(vote(tenant, state["id"], 0, score=5)) == (409, "conflict", "item")  # twice
    with db(server).session() as session:
        gone = session.get_one(Sitting, state["id"]).items[1]["left"]
        session.get_one(Job, gone).state = "removed"
    assert error(vote(tenant, state["id"], 1, score=4)) == (410, "removed", "item")
    assert tenant.post(f"/v1/votes/studies/{made['id']}/close").json()["closed"]
    assert error(vote(tenant, state["id"], 2, score=4))[:2] == (409, "conflict")  # closed while it was on the screen
    with db(server).reading() as session:
        assert session.scalars(select(Vote.score).where(Vote.study == made["id"])).all() == [4]


def test_a_vote_cast_by_two_requests_at_the_same_moment_is_one(server, tenant):
    takes(server, "A clock strikes.", ("a", "b"), tenant=tenant.tenant)
    ident = begin(tenant)["id"]
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        said = list(pool.map(lambda choice: vote(tenant, ident, 0, choice=choice).status_code, ["left", "right"] * 3))
    assert sorted(said) == [201] + [409] * 5
    with db(server).reading() as session:
        assert session.scalar(select(func.count()).select_from(Vote).where(Vote.sitting == ident)) == 1


def test_ratings_count_by_their_own_time_whatever_the_clock_did_in_between(server, tenant):
    """One rating from a clock that was an hour ahead, one from a clock an hour behind when the rollout began."""
    clips = takes(server, "A tide.", ("jumpy-1", "jumpy-1"), tenant=tenant.tenant)
    made = study(tenant, clips)
    state = opened(server, tenant, made["id"])
    for item in range(2):
        assert vote(tenant, state["id"], item, score=3 + item).status_code == 201
    with db(server).session() as session:
        early, late = session.scalars(select(Vote).where(Vote.study == made["id"]).order_by(Vote.item)).all()
        began = early.created
        early.created, late.created = began - 3600, began + 3600
    with db(server).reading() as session:
        (since, every) = studies.judged(session, [("jumpy-1", began), ("jumpy-1", 0.0)])
    assert (since.count, since.mean, every.count, every.mean) == (1, 4.0, 2, 3.5)


def test_screen_and_sound_come_first(server, tenant):
    (clip,) = takes(server, "A tin drum.", ("a",), tenant=tenant.tenant)
    made = study(tenant, [clip])
    sitting = begin(tenant, kind="rating", study=made["id"])
    where = f"/v1/votes/sittings/{sitting['id']}"
    assert error(vote(tenant, sitting["id"], 0, score=3))[:2] == (409, "conflict")
    small = tenant.post(f"{where}/checks", json={"heard": 3, "screen": {"width": 320, "height": 180}})
    assert error(small) == (400, "invalid_parameter", "screen")
    deaf = tenant.post(f"{where}/checks", json={"heard": 0, "screen": SCREEN})
    assert error(deaf) == (400, "invalid_parameter", "heard")
    state = opened(server, tenant, made["id"])
    assert error(vote(tenant, state["id"], 0, choice="left")) == (400, "invalid_parameter", "score")
    partly = {"item": 0, "score": 3, "playback": {**WATCHED, "seconds": 3.0}}
    assert error(tenant.post(f"/v1/votes/sittings/{state['id']}/votes", json=partly)) == (
        400,
        "invalid_parameter",
        "playback",
    )
    stuttering = {"item": 0, "score": 3, "playback": {**WATCHED, "dropped": 40}}
    assert tenant.post(f"/v1/votes/sittings/{state['id']}/votes", json=stuttering).status_code == 201
    said = tenant.get(f"/v1/votes/studies/{made['id']}").json()
    assert said["left_out"] == 1 and said["clips"][0]["mos"] is None


def test_a_study_of_nonsense_is_refused_by_its_place(server, tenant):
    one, other = takes(server, "A bell.", ("a", "b"), tenant=tenant.tenant)

    def refused(clips):
        return error(tenant.post("/v1/votes/studies", json={"name": "x", "clips": clips}))

    assert refused([{"generation": one}, {"generation": new_id("gen")}]) == (400, "invalid_parameter", "clips[1]")
    assert refused([{"generation": one}, {"generation": one}]) == (400, "invalid_parameter", "clips[1]")
    assert refused([{"generation": one, "role": "gold", "low": 4, "high": 2}]) == (400, "invalid_parameter", "clips[0]")
    assert (
        refused([{"generation": one, "role": "reference"}, {"generation": other, "role": "reference"}])[2] == "clips[1]"
    )
    assert refused([{"generation": one, "role": "reference"}])[2] == "clips"
    foreign = takes(server, "A bell.", ("a",), tenant="main")[0]
    assert refused([{"generation": foreign}])[2] == "clips[0]"


def test_no_two_of_one_prompt_in_a_row_where_that_can_be(server, tenant):
    clips = [
        one
        for number in range(4)
        for one in takes(server, f"A fish in pond {number}.", ("a", "b", "c"), tenant=tenant.tenant)
    ]
    made = study(tenant, clips, traps=0)
    for _ in range(5):
        begin(tenant, kind="rating", study=made["id"])
    with db(server).reading() as session:
        prompt = {job.id: job.script_hash for job in session.scalars(select(Job).where(Job.id.in_(clips)))}
        orders = [
            [prompt[item["left"]] for item in row.items]
            for row in session.scalars(select(Sitting).where(Sitting.study == made["id"]))
        ]
    assert (
        all(one != other for order in orders for one, other in zip(order, order[1:]))
        and len({tuple(order) for order in orders}) > 1
    )


def test_votes_go_with_their_voter(server, tenant):
    takes(server, "A wave.", ("a", "b"), tenant=tenant.tenant)
    assert vote(tenant, begin(tenant)["id"], 0, choice="left").status_code == 201
    with server.client(server.make_key(tenant=tenant.tenant, user="leaver", scopes=["read"])) as leaver:
        assert vote(leaver, begin(leaver)["id"], 0, choice="right").status_code == 201
    with server.client() as owner:
        assert owner.delete(f"/v1/admin/tenants/{tenant.tenant}/users/leaver").json()["votes"] == 1
    with db(server).reading() as session:
        assert session.scalars(select(Vote.user).where(Vote.tenant == tenant.tenant)).all() == ["ana"]
        assert (
            session.scalar(
                select(func.count())
                .select_from(Sitting)
                .where(Sitting.tenant == tenant.tenant, Sitting.user == "leaver")
            )
            == 0
        )
        assert session.scalar(
            select(AuditEntry.data).where(AuditEntry.action == "votes.forget", AuditEntry.subject == tenant.tenant)
        ) == {"votes": 1}
    assert tenant.get("/v1/votes/ranking").json()["votes"] == 1


def test_an_export_that_fails_leaves_nothing_and_what_was_there(server, tenant, tmp_path, capsys):
    asked = ["votes", "export", "--home", str(server.home), "--tenant", tenant.tenant, "--out"]
    for number in range(3):
        takes(server, f"A fish number {number}.", ("a", "b"), tenant=tenant.tenant)
    state = begin(tenant)
    for item in range(3):
        assert vote(tenant, state["id"], item, choice="left").status_code == 201
    taken = tmp_path / "taken"
    taken.mkdir()
    assert main([*asked, str(taken)]) == 2 and "'" + str(taken) + "' could not be written" in capsys.readouterr().err
    assert main([*asked, str(tmp_path / "none" / "pairs.jsonl")]) == 2 and "choose another" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["taken"] and not list(taken.iterdir())


def test_pairs_are_exported_without_names_and_without_clips_that_are_gone(server, tenant, tmp_path, capsys):
    for number in range(2):
        takes(server, f"A bird number {number}.", ("a", "b"), tenant=tenant.tenant)
    state = begin(tenant)
    for item in range(2):
        assert vote(tenant, state["id"], item, choice="left").status_code == 201
    out = tmp_path / "pairs.jsonl"
    asked = ["votes", "export", "--home", str(server.home), "--tenant", tenant.tenant, "--out", str(out)]
    assert main(asked) == 0
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert (
        len(lines) == 2
        and {line["choice"] for line in lines} == {"left"}
        and len({line["voter"] for line in lines}) == 1
    )
    assert "ana" not in out.read_text() and {lines[0]["left"]["engine"], lines[0]["right"]["engine"]} == {"a", "b"}
    assert lines[0]["prompt"].startswith("A bird number") and lines[0]["left"]["file"].endswith("/video.mp4")
    with db(server).session() as session:
        session.get_one(Job, lines[0]["left"]["generation"]).state = "removed"
    capsys.readouterr()
    assert main(asked) == 0
    assert len(out.read_text().splitlines()) == 1 and "1 pair" in capsys.readouterr().out
    assert sittings.key_of("b", "a") == "a b"
