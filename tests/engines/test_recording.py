"""Remote engines are recorded against a real server that speaks their protocols: without secrets, replayed without it,
and held against what it says later.
"""

import base64
import json
import shutil
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from benchmarks.plain import run

from phonofilm.cli.main import main
from phonofilm.engines.base import Declined
from phonofilm.engines.remote.ark import ArkEngine
from phonofilm.engines.remote.calls import Line
from phonofilm.engines.remote.changes import changes, timings
from phonofilm.engines.remote.recording import read
from phonofilm.engines.remote.replay import check
from phonofilm.engines.remote.scrub import Scrubber
from phonofilm.engines.remote.videos_api import VideosApiEngine
from phonofilm.errors import EngineError, MediaError, RequestError
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import Generate

KEY = "vendor key/with+odd=letters 77"
QUICK = Line(connect=5.0, read=5.0, answer=10.0, download=10.0, limit=60.0, first_pause=0.01, max_bytes=2_000_000)
ASKED = Generate(prompt="A red ball bounces", seconds=4, engine="seedance", seed=11)
KINDS = ["ark", "openai", "litellm", "sglang", "vllm-omni", "phonofilm"]


def nap(seconds):
    """Time that nobody needs to wait for."""


def engine_of(kind, double, **given):
    common = {"key": KEY, "line": QUICK, "sleep": nap, **given}
    if kind == "ark":
        return ArkEngine("seedance", base_url=double.ark, settle=0.0, **common)
    return VideosApiEngine("seedance", base_url=double.videos, server=kind, **common)


def settings_of(kind):
    return {"kind": "ark"} if kind == "ark" else {"kind": "videos_api", "server": kind}


def asked_of(engine):
    able = engine.capability()
    return replace(ASKED, resolution=able.resolutions[0], sound=able.sound)


def record(double, folder, kind="ark", asked=None):
    """Make a clip while it is recorded; returns the recording."""
    engine = engine_of(kind, double)
    recorder, asked = engine.record(folder), asked or asked_of(engine)
    try:
        run(asked, folder / "made.mp4", engine=engine)
    finally:
        engine.close()
        (folder / "made.mp4").unlink(missing_ok=True)
        kept = recorder.save("seedance", settings_of(kind), asked)
    return kept


@pytest.mark.parametrize("kind", KINDS)
def test_a_recording_is_replayed_without_its_vendor(kind, double, tmp_path):
    double.polls_until_done = 2
    kept = record(double, tmp_path / "rec", kind)
    assert read(tmp_path / "rec") == kept and kept.request["prompt"] == ASKED.prompt
    met = len(double.seen)
    again = engine_of(kind, double, replay=tmp_path / "rec", key="")
    try:
        check(kept, again)
        for number in range(2):  # any number of clips, each a task of its own
            result = run(asked_of(again), tmp_path / f"{number}.mp4", engine=again)
            assert result.n_frames == 97
            assert not result.sound.any() or (tmp_path / f"{number}.mp4").read_bytes() == double.clip
    finally:
        again.close()
    assert len(double.seen) == met, "nobody was asked"


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_run_changes_anyway_is_no_change(kind, double, tmp_path):
    first = record(double, tmp_path / "a", kind)
    double.polls_until_done = 3
    second = record(double, tmp_path / "b", kind)
    words = engine_of(kind, double).states
    assert changes(first, second, words) == [] and changes(second, first, words) == []
    polls = [one for one in timings(first, second) if one.call.endswith("{task}")]
    assert polls[0].times[1] == polls[0].times[0] + 2 and all(one.after >= 0 for one in polls)


def test_a_submit_that_was_lost_is_found_in_the_replay_too(double, tmp_path):
    double.plan["create"] = ["reset"]
    kept = record(double, tmp_path / "rec")
    assert kept.exchanges[0].failure and any(one.call == "GET /contents/generations/tasks" for one in kept.exchanges)
    again = engine_of("ark", double, replay=kept)
    assert run(ASKED, tmp_path / "a.mp4", engine=again).n_frames == 97
    again.close()


def test_a_refusal_is_recorded_and_replayed(double, tmp_path):
    double.plan["create"] = [(400, {"error": {"code": "InputTextSensitiveContentDetected", "message": "no"}}, {})]
    with pytest.raises(Declined):
        record(double, tmp_path / "rec")
    again = engine_of("ark", double, replay=tmp_path / "rec")
    with pytest.raises(Declined) as told:
        run(ASKED, tmp_path / "a.mp4", engine=again)
    assert told.value.code == "input_blocked" and told.value.vendor == "InputTextSensitiveContentDetected"
    again.close()


# -- no secrets
# ----------------------------------------------------------------------------------------------------------

TENANT, PERSON, COOKIE, SIGNED, NUMBER = (
    "acme-films-4711",
    "ana@acme.example",
    "session=c00kie-monster",
    "s1gn4ture-of-the-bucket",
    2100012345,
)
CODED = base64.b64encode(KEY.encode()).decode()
OWNERS = {
    "account_id": NUMBER,
    "accountNumber": NUMBER,
    "owner": {"tenant": TENANT, "mail": PERSON},
    "api_key": KEY,
    "session": COOKIE,
    KEY: 1,
    "note": f"for {TENANT}",
    "message": f"{PERSON} of account {NUMBER} used {KEY} and {CODED} at https://host/?token={SIGNED}",
    "organization": [TENANT],
    "callback": f"https://{TENANT}.example/hook?{SIGNED}",
    "model": "ep-20260131120000-abcde",
    "metadata": {"x": {"y": TENANT, "z": [KEY, NUMBER]}},
}


@pytest.mark.parametrize("kind", ["ark", "openai", "vllm-omni"])
def test_nothing_secret_lies_in_a_recording(kind, double, tmp_path):
    """Planted in the prompt, in every header and field of the answers, in addresses and their queries, and in
    redirects.
    """
    headers = {"set_cookie": COOKIE, "x_account": str(NUMBER), "x_tenant": TENANT, f"x_{TENANT}": "1", "server": PERSON}
    real = double.shown
    double.shown = lambda number, task: {**real(number, task), **OWNERS}
    double.plan["create"] = [(429, {"error": {**OWNERS, "code": "RateLimitExceeded"}}, {**headers, "retry_after": "0"})]
    double.plan["get"] = [(500, OWNERS, headers), (200, f"<html>{KEY} {TENANT}</html>".encode(), headers)]
    moved = f"{double.file_host}/files/{TENANT}/moved.mp4?token={SIGNED}"
    double.plan["file"] = [(302, b"", {**headers, "location": moved}), (403, OWNERS, headers)]
    engine = engine_of(kind, double)
    asked = replace(asked_of(engine), prompt=f"A red ball bounces past {KEY} and {PERSON}")
    engine.close()
    kept = record(double, tmp_path / "rec", kind, asked)
    heard = str(double.seen)
    assert KEY in heard and "c00kie" in heard and (kind != "ark" or "sign=secret" in heard), (
        "there was something to leave out"
    )
    files = [path for path in (tmp_path / "rec").rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"recording.json", "clip-1.mp4"}
    text = "\n".join(path.read_bytes().decode("latin-1") for path in files)
    spellings = [
        KEY,
        json.dumps(KEY)[1:-1],
        base64.b64encode(KEY.encode()).decode(),
        str(httpx2.QueryParams({"k": KEY}))[2:],
    ]
    ids = list(double.tasks) + ["127.0.0.1", str(double.server.server_port), "Bearer"]
    for secret in [*spellings, TENANT, PERSON, COOKIE, "c00kie", SIGNED, str(NUMBER), "secret-", "ep-2026", *ids]:
        assert secret.lower() not in text.lower(), secret
    names = {name for one in kept.exchanges for name in one.names}
    assert "set-cookie" in names and "authorization" in kept.exchanges[0].headers, "that there was one is kept"
    again = engine_of(kind, double, replay=kept)
    assert run(asked, tmp_path / "a.mp4", engine=again).n_frames == 97, "and what is left is enough"
    again.close()


def test_files_that_go_along_are_kept_as_their_length(double, tmp_path):
    from PIL import Image

    Image.new("RGB", (640, 360), "red").save(tmp_path / "first.png")
    picture = Reference(kind="image", role="first_frame", path=str(tmp_path / "first.png"))
    for kind, where in (("ark", "json"), ("vllm-omni", "form")):
        engine = engine_of(kind, double)
        asked = replace(asked_of(engine), references=(picture,))
        engine.close()
        kept = record(double, tmp_path / kind, kind, asked)
        body = json.dumps(kept.exchanges[0].asked[where])
        assert "{data image/png, " in body and len(body) < 1500


@pytest.mark.parametrize(
    "text",
    [
        "sk-abcdefgh12345678",
        "Bearer abc.def",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig",
        "AKLTabcdefgh1234",
        "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6",
        "me@house.example",
        "https://u:p@host/path?X-Sig=1",
        "account 2100012345",
    ],
)
def test_what_looks_like_a_secret_is_left_out_of_what_is_kept(text):
    kept = Scrubber("https://vendor.example/v1").value({"message": f"see {text} here"})["message"]
    assert kept.startswith("see ") and kept.endswith(" here") and "{" in kept
    for part in text.replace("account ", "").split():
        assert part.strip() not in kept or part == "Bearer"


def test_words_and_figures_that_say_something_stay():
    said = {
        "status": "succeeded",
        "error": {"code": "InvalidParameter.duration", "message": "duration must be 4 to 15"},
        "progress": 40,
        "created_at": 1_780_000_000,
        "usage": {"total_tokens": 10_890_000},
        "done": True,
        "seed": None,
    }
    assert Scrubber("https://vendor.example/v1").value(said) == said


# -- what a vendor changed
# -----------------------------------------------------------------------------------------------


def changed(double, tmp_path, mend):
    """What is said after the vendor's task answers went through ``mend``."""
    before, real = record(double, tmp_path / "before"), double.shown

    def shown(number, task):
        said = real(number, task)
        mend(said)
        return said

    double.shown = shown
    return [str(one) for one in changes(before, record(double, tmp_path / "after"))]


CALL = "GET /contents/generations/tasks/{task}"


@pytest.mark.parametrize(
    ("mend", "told"),
    [
        (lambda said: said.pop("created_at"), f"{CALL}, created_at: gone (it was whole number)"),
        (lambda said: said.update(tier={"name": "gold"}), f"{CALL}, tier: new (object)"),
        (lambda said: said.update(created_at="2026-01-31"), f"{CALL}, created_at: text, was whole number"),
        (lambda said: said["usage"].update(total_tokens=1.5), f"{CALL}, usage.total_tokens: number, was whole number"),
        (
            lambda said: said["content"].update(last_frame_url="https://host/a.png"),
            f"{CALL}, content.last_frame_url: new (address)",
        ),
        (lambda said: said.pop("usage"), f"{CALL}, usage: gone (it was object)"),
    ],
)
def test_a_field_that_changed_is_named_once(mend, told, double, tmp_path):
    assert changed(double, tmp_path, mend) == [told]


def test_a_new_status_word_a_new_status_and_another_size_are_named(double, tmp_path):
    before = record(double, tmp_path / "before")
    double.polls_until_done = 2
    real = double.shown
    double.shown = lambda number, task: {**real(number, task), **({"status": "warming"} if task["polls"] < 2 else {})}
    double.plan["create"] = [(200, {"id": "cgt-9", "status": "queued"}, {"content_type": "text/json"})]
    double.tasks["cgt-9"] = {
        "said": {"safety_identifier": "x"},
        "polls": 0,
        "ark": True,
        "created_at": 1,
        "state": None,
    }
    found = [str(one) for one in changes(before, record(double, tmp_path / "after"), ArkEngine.states)]
    assert found == [
        "POST /contents/generations/tasks: comes as text/json, not nothing named",
        f"{CALL}, status: says 'warming', which was not said before (succeeded)",
    ]


def test_what_we_send_otherwise_is_not_the_vendors_change(double, tmp_path):
    before, after = record(double, tmp_path / "a"), record(double, tmp_path / "b")
    body = after.exchanges[0].asked["json"]
    body["camera"] = body.pop("watermark")
    assert [str(one) for one in changes(before, after)] == [
        "we send otherwise: POST /contents/generations/tasks, camera: switch (not sent before)",
        "we send otherwise: POST /contents/generations/tasks, watermark: no longer (switch)",
    ]


# -- recordings that cannot be used
# ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda text: text[: len(text) // 2], r"is no JSON \(line \d+"),
        (lambda text: text.replace('"recording": 1', '"recording": 9'), "field recording: 9"),
        (lambda text: text.replace('"prompt"', '"promt"', 1), "field request.prompt is missing"),
        (lambda text: text.replace('"method": "POST"', '"method": 7', 1), r"field exchanges\[0\].method is 7"),
        (lambda text: text.replace('"status": 200,', "", 1), r"field exchanges\[0\].status"),
        (lambda text: text.replace("clip-1.mp4", "../clip-1.mp4"), r"answer.file: there is no file"),
        (lambda text: text.replace('"seconds": 4', '"seconds": "4"', 1), r"field request.seconds is .4.?"),
    ],
)
def test_a_broken_recording_is_named_with_file_field_and_remedy(edit, told, double, tmp_path):
    file = record(double, tmp_path / "rec").file
    file.write_text(edit(file.read_text()))
    with pytest.raises(MediaError, match=told) as error:
        read(tmp_path / "rec")
    assert str(file) in str(error.value) and ("record" in str(error.value) or "take it out" in str(error.value))


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (
            lambda row: row["answer"]["json"].update(status="finished"),
            r"exchanges\[1\].answer.json.status: 'finished' is none of queued, running",
        ),
        (lambda row: row["answer"]["json"].pop("status"), r"exchanges\[1\].answer.json.status: is missing"),
        (lambda row: row.update(answer={"json": [1]}), r"exchanges\[1\].answer.json is \[1\], not an object"),
    ],
)
def test_an_answer_that_no_longer_parses_is_named_by_the_command(edit, told, double, tmp_path, capsys):
    file = record(double, tmp_path / "rec").file
    said = json.loads(file.read_text())
    edit(said["exchanges"][1])
    file.write_text(json.dumps(said))
    assert main(["engines", "replay", str(tmp_path / "rec")]) == 2
    error = capsys.readouterr().err
    import re

    assert re.search(told, error) and str(file) in error and "record it anew" in error


def test_a_recording_that_never_ends_is_said_to(double, tmp_path):
    file = record(double, tmp_path / "rec").file
    said = json.loads(file.read_text())
    said["exchanges"][1]["answer"]["json"]["status"] = "running"
    said["exchanges"] = said["exchanges"][:2]
    file.write_text(json.dumps(said))
    again = engine_of("ark", double, replay=tmp_path / "rec")
    with pytest.raises(EngineError, match=r"exchanges\[1\]: the last answer to GET .* ends nothing; record it anew"):
        run(ASKED, tmp_path / "a.mp4", engine=again)
    again.close()
    shutil.rmtree(tmp_path / "rec")
    with pytest.raises(RequestError, match=r"there is no recording in .* make one with: phonofilm engines record"):
        engine_of("ark", double, replay=tmp_path / "rec")


# -- the commands
# ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def home(double, tmp_path, monkeypatch):
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("VENDOR_KEY", KEY)
    (folder / "phonofilm.toml").write_text(
        f'[engines.animatic]\n[engines.seedance]\nkind = "ark"\nbase_url = "{double.ark}"\nkey_env = "VENDOR_KEY"\n'
        f'[engines.farm]\nkind = "videos_api"\nserver = "phonofilm"\nbase_url = "{double.videos}"\n'
    )
    return folder


@pytest.mark.parametrize("name", ["seedance", "farm"])
def test_record_replay_and_compare_by_the_command_line(name, home, double, tmp_path, monkeypatch, capsys):
    rec = str(tmp_path / "rec")
    assert main(["engines", "record", name, "--home", str(home), "--out", rec]) == 0
    assert "not for publishing" in capsys.readouterr().out
    assert (
        main(["engines", "record", name, "--home", str(home), "--out", rec]) == 2
        and "holds a recording already" in capsys.readouterr().err
    )
    assert main(["engines", "compare", rec, "--home", str(home)]) == 0
    assert capsys.readouterr().out.startswith("nothing changed since 20")
    real = double.shown
    double.shown = lambda number, task: {**real(number, task), "tier": "gold"}
    assert main(["engines", "compare", rec, "--home", str(home), "--out", str(tmp_path / "newer")]) == 1
    assert "tier: new (text)\ntime: POST " in capsys.readouterr().out
    assert main(["engines", "compare", rec, str(tmp_path / "newer"), "--json"]) == 1
    assert [one["field"] for one in json.loads(capsys.readouterr().out)["changes"]] == ["tier"]
    monkeypatch.delenv("VENDOR_KEY")
    double.plan["create"] = ["hang"]
    assert main(["engines", "replay", rec, "--out", str(tmp_path / "clip.mp4")]) == 0
    assert "97 frames at 160x96" in capsys.readouterr().out and (tmp_path / "clip.mp4").stat().st_size > 1000
    assert not list(Path(rec).glob(".*")), "nothing half-written is left"


def test_a_service_offers_a_recording_in_the_vendors_place(double, tmp_path):
    from phonofilm.engines.offered import Engines

    record(double, tmp_path / "rec")
    entry = {"name": "seedance", "kind": "ark", "key_env": "NOT_SET", "replay": str(tmp_path / "rec")}
    engines = Engines([entry], only=())
    assert run(ASKED, tmp_path / "a.mp4", engine=engines.get("seedance")).n_frames == 97
    engines.close()
    with pytest.raises(RequestError, match="there is no recording"):
        Engines([{**entry, "replay": str(tmp_path)}], only=()).get("seedance")


def test_an_engine_that_is_not_here_or_not_remote(home, capsys):
    assert main(["engines", "record", "animatic", "--home", str(home), "--out", "x"]) == 2
    assert "no remote engine here is called 'animatic'; there are seedance, farm" in capsys.readouterr().err


def test_what_went_wrong_is_recorded_too(home, double, tmp_path, capsys):
    double.outcome = {"status": "failed", "error": {"code": "OutputVideoSensitiveContentDetected", "message": "no"}}
    assert main(["engines", "record", "seedance", "--home", str(home), "--out", str(tmp_path / "rec")]) == 2
    assert f"recorded so in '{tmp_path / 'rec' / 'recording.json'}'" in capsys.readouterr().err
    assert main(["engines", "replay", str(tmp_path / "rec")]) == 2
    assert "exchanges[1]: engine seedance: the vendor withheld" in capsys.readouterr().err
