"""Names, projects and favourites: kept, found, brought along by the migration, and gone with their clip."""

import pytest
from sqlalchemy import inspect, select

from phonofilm.jobs.accounts.caller import Caller
from phonofilm.jobs.codes import JobError
from phonofilm.jobs.config import Config
from phonofilm.jobs.library import shelf
from phonofilm.jobs.run import retention
from phonofilm.jobs.service import Service
from phonofilm.jobs.store import search
from phonofilm.jobs.store.database import Database
from phonofilm.jobs.store.hashes import script_hash
from phonofilm.jobs.store.tables import Job, PromptWord

from .conftest import maker

ANA = Caller(tenant="main", user="ana", scopes=frozenset({"generate", "read"}))
EVE = Caller(tenant="other", user="eve", scopes=frozenset({"generate", "read"}))


@pytest.fixture
def service(any_db, bucket, tmp_path):
    return Service(any_db, bucket, Config(home=tmp_path, engines={"fake": {}}))


def test_a_clip_is_found_by_what_it_is_called_and_where_it_lies(service):
    make = maker(service.db)
    job, other = make(), make()
    with service.db.session() as session:
        for one in (job, other):
            search.keep(session, one)
    changed = service.rename(ANA, job.id, name="  Opening,\n calmer ", project="Caf\u0065\u0301")
    assert (changed.name, changed.project, changed.favourite) == ("Opening, calmer", "Caf\u00e9", None)
    assert service.rename(ANA, job.id, favourite=True).favourite is not None

    def found(**said):
        return [one.id for one in service.list(ANA, **said)[0]]

    assert (
        found(search="calm")
        == found(search="caf\u00e9 boat")
        == found(project="Caf\u0065\u0301")
        == found(favourite=True)
        == [job.id]
    )
    assert found(search="boat") == [other.id, job.id] and found(project="Caf") == []
    assert service.list(ANA, project="Caf\u00e9", favourite=True)[1] == 1
    assert service.list(EVE, project="Caf\u00e9") == ([], 0) and shelf.projects(service.db, "other") == []
    service.rename(ANA, other.id, project="Lighthouse")
    assert shelf.projects(service.db, "main") == [("Lighthouse", 1), ("Caf\u00e9", 1)]
    service.rename(ANA, job.id, name=None, project="", favourite=False)
    assert found(search="calm") == found(favourite=True) == [] and found(search="boat") == [other.id, job.id]
    assert shelf.projects(service.db, "main") == [("Lighthouse", 1)]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": "x" * 121}, "name"),
        ({"project": "x" * 61}, "project"),
        ({"name": "a\x07b"}, "name"),
        ({"project": "\u2028\x1b"}, "project"),
    ],
)
def test_a_name_that_cannot_be_kept_says_why(service, said, field):
    job = maker(service.db)()
    with pytest.raises(JobError) as caught:
        service.rename(ANA, job.id, **said)
    assert (caught.value.code, caught.value.field) == ("invalid_parameter", field)


def test_nobody_else_names_a_clip(service):
    make = maker(service.db)
    job, gone = make(), make(state="removed")
    reader = Caller(tenant="main", user="ana", scopes=frozenset({"read"}))
    for caller, ident, code in (
        (EVE, job.id, "not_found"),
        (ANA, gone.id, "not_found"),
        (ANA, "gen_nobody", "not_found"),
        (reader, job.id, "forbidden"),
    ):
        with pytest.raises(JobError) as caught:
            service.rename(caller, ident, name="mine")
        assert caught.value.code == code
    with service.db.reading() as session:
        assert session.get(Job, job.id).name is None


def test_what_a_clip_was_called_goes_with_it(service, bucket):
    job = maker(service.db)(script_hash="a" * 64)
    service.rename(ANA, job.id, name="quagmirelle", project="quagmirelle", favourite=True)
    retention.delete_user(service.db, bucket, "main", "ana", actor="main/owner")
    with service.db.reading() as session:
        row = session.get(Job, job.id)
        assert (row.name, row.project, row.favourite, row.script_hash) == (None, None, None, "")
        assert session.scalars(select(PromptWord.word).where(PromptWord.job == job.id)).all() == []
    assert shelf.projects(service.db, "main") == []


SAME = [
    [
        "[0-2s] A cat runs. [2-5s] A dog barks.",
        "[0-4s] A cat runs.  [4-5.5s] A dog barks.",
        "Shot 1 (2s): A cat runs. Shot 2 (3s): A dog barks.",
    ],
    ["0-3秒：一只猫跑。3-6秒：一只狗叫。", "0-2秒：一只猫跑。2-6秒：一只狗叫。"],
    ["A red ball bounces.", "A red  ball bounces. --duration 8"],
    ['A girl says: "Hi"', 'A girl says: "Hi"'],
    ['A girl says: "Hi', 'A girl says: "Hi'],  # cannot be read
]


def test_prompts_that_differ_by_their_times_are_takes():
    groups = [{script_hash(prompt) for prompt in prompts} for prompts in SAME]
    assert [len(group) for group in groups] == [1] * len(SAME) and len(set().union(*groups)) == len(SAME)
    different = {
        script_hash(p)
        for p in (
            "[0-2s] A cat runs. [2-5s] A dog barks.",
            "[0-2s] A dog barks. [2-5s] A cat runs.",
            "A cat runs. A dog barks.",
            "[0-2s] A cat runs. [2-5s] A dog barks. --ar 9:16",
        )
    }
    assert len(different) == 4


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_clips_of_before_are_put_together_by_the_migration(request, kind):
    from alembic import command

    db = Database(request.getfixturevalue(f"{kind}_url"))
    make = maker(db)
    prompts = ["[0-2s] A cat runs. [2-5s] A dog barks.", "[0-4s] A cat runs. [4-5s] A dog barks.", "A ball"]
    jobs = [make(request={"prompt": prompt, "references": []}) for prompt in prompts]
    gone = make(state="removed", request={"prompt": "", "references": []})
    try:
        with db.engine.begin() as link:
            command.downgrade(configured(link), "0006_ignored")
            assert "script_hash" not in {column["name"] for column in inspect(link).get_columns("jobs")}
            command.upgrade(configured(link), "head")
        with db.reading() as session:
            told = [session.get(Job, job.id).script_hash for job in (*jobs, gone)]
        assert told == [script_hash(prompts[0])] * 2 + [script_hash("A ball"), ""]
    finally:
        db.close()


def configured(link):
    from pathlib import Path

    from alembic.config import Config as Settings

    import phonofilm.jobs.store.migrations as home

    settings = Settings()
    settings.set_main_option("script_location", str(Path(home.__file__).parent))
    settings.attributes["connection"] = link
    return settings
