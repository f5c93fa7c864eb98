"""Remote engines against a vendor that misbehaves: what is sent once, what is asked again, what is told apart."""

import json
import logging
import re

import numpy as np
import pytest
from benchmarks.plain import run

from phonofilm.engines.base import CANNOT, Declined, Maker, UnknownOutcome, remote
from phonofilm.engines.remote.ark import ArkEngine, identifier
from phonofilm.engines.remote.breaker import Breaker
from phonofilm.engines.remote.calls import Line
from phonofilm.engines.remote.videos_api import VideosApiEngine
from phonofilm.errors import EngineError, RequestError
from phonofilm.media.video import read_clip
from phonofilm.spec.request import Generate

KEY = "sk-very-secret-1234567890"
ASKED = Generate(prompt="A red ball bounces", seconds=4, engine="seedance", seed=11)
QUICK = Line(connect=1.0, read=0.4, answer=1.0, download=5.0, limit=60.0, first_pause=0.01, max_bytes=2_000_000)


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self):
        self.now, self.slept = 1000.0, []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def ark(double, clock):
    engine = ArkEngine("seedance", base_url=double.ark, key=KEY, line=QUICK, sleep=clock.sleep, clock=clock, settle=0.0)
    yield engine
    engine.close()


@pytest.fixture
def videos(double, clock):
    engine = VideosApiEngine(
        "farm",
        base_url=double.videos,
        key=KEY,
        server="phonofilm",
        model="animatic",
        line=QUICK,
        sleep=clock.sleep,
        clock=clock,
    )
    yield engine
    engine.close()


@pytest.fixture(params=["ark", "videos"])
def engine(request):
    return request.getfixturevalue(request.param)


def test_both_are_remote_engines_and_make_files(engine):
    assert remote(engine) is engine and isinstance(engine, Maker)


def test_the_whole_way(engine, double, clock, tmp_path):
    double.polls_until_done = 3
    seen = []
    result = run(ASKED, tmp_path / "a.mp4", engine=engine, progress=seen.append)
    assert (tmp_path / "a.mp4").read_bytes() == double.clip
    assert result.n_frames == 97 and result.native_size == (160, 96) and result.engine == engine.name
    assert any("160x96" in note for note in result.notes)
    assert result.sound.shape == (2, 97 * 2000) and np.abs(result.sound).max() > 0.1
    assert sum(1 for _ in result.frames) == 97 and next(iter(result.frames)).shape == (480, 854, 3)
    assert len(double.calls("POST")) == 1
    assert sum(clock.slept) == pytest.approx(4.0)  # two healthy pauses of 2 s
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_silence_is_delivered_where_it_was_asked_for(engine, double, tmp_path):
    run(Generate(prompt="A ball", seconds=4, engine="x", sound=False), tmp_path / "a.mp4", engine=engine)
    clip = read_clip(tmp_path / "a.mp4")
    assert not clip.has_sound and len(clip.frames) == 97
    assert np.array_equal(clip.frames, read_clip(double.path).frames)


def test_the_ark_task_says_everything_and_is_signed_with_the_key(ark, double):
    ark.submit(ASKED, "tag-1")
    _, path, headers, body = double.calls("POST")[0]
    assert path == "/api/v3/contents/generations/tasks"
    assert headers["authorization"] == f"Bearer {KEY}" and headers["x-client-request-id"] == "tag-1"
    assert json.loads(body) == {
        "model": "dreamina-seedance-2-0-260128",
        "content": [{"type": "text", "text": "A red ball bounces"}],
        "resolution": "480p",
        "ratio": "16:9",
        "duration": 4,
        "seed": 11,
        "generate_audio": True,
        "watermark": False,
        "safety_identifier": identifier("tag-1"),
    }
    assert len(identifier("x" * 500)) <= 64


def test_the_key_goes_to_the_vendor_alone_and_into_no_log(ark, double, tmp_path, caplog):
    with caplog.at_level(logging.DEBUG):
        double.plan["create"] = [(401, {"error": {"code": "AuthenticationError", "message": "no"}}, {})]
        with pytest.raises(Declined) as error:
            ark.submit(ASKED, "t0")
        ark.fetch(ark.submit(ASKED, "t1"), tmp_path / "a.mp4")
    assert all("authorization" not in headers for _, _, headers, _ in double.calls("GET", "/files/"))
    assert len(double.calls("GET", "/files/")) == 1
    for text in (caplog.text, repr(ark), str(error.value), repr(error.value)):
        assert KEY not in text and "sign=" not in text


def test_a_storm_of_refusals_opens_the_breaker(engine, double, clock):
    double.plan["create"] = [
        (429, {"error": {"code": "RateLimitExceeded.EndpointRPMExceeded", "message": "slow"}}, {})
    ] * 6
    for _ in range(5):
        with pytest.raises(Declined) as error:
            engine.submit(ASKED, "t")
        assert error.value.code == "rate_limited" and error.value.retry_after == 2.0
    assert engine.breaker.state == "open"
    with pytest.raises(Declined, match="left alone") as error:
        engine.submit(ASKED, "t")
    assert error.value.code == "engine_unavailable" and error.value.retry_after == pytest.approx(30)
    assert len(double.calls("POST")) == 5
    clock.now += 30
    assert engine.breaker.state == "half-open"
    with pytest.raises(Declined):
        engine.submit(ASKED, "t")
    assert engine.breaker.remaining() == pytest.approx(60) and len(double.calls("POST")) == 6
    clock.now += 60
    engine.submit(ASKED, "t")
    assert engine.breaker.state == "closed"


def test_make_waits_out_refusals_as_long_as_it_is_asked_to(engine, double, clock, tmp_path):
    double.plan["create"] = [(429, {}, {"retry_after": "7"}), (429, {}, {"retry_after": "11"})]
    run(ASKED, tmp_path / "a.mp4", engine=engine)
    assert sum(clock.slept) == pytest.approx(18.0) and len(double.calls("POST")) == 3 and len(double.tasks) == 1


@pytest.mark.parametrize(
    "trick",
    [
        "hang",
        "reset",
        "taken 500",
        "garbage",
        "no id",
        "drip",
        (503, {}, {}),
        (408, {}, {}),
        (200, b"x" * 5_000_000, {}),
    ],
)
def test_a_submit_whose_fate_is_open_is_sent_once(engine, double, trick):
    double.plan["create"] = [trick]
    with pytest.raises(UnknownOutcome):
        engine.submit(ASKED, "t")
    assert len(double.calls("POST")) == 1


@pytest.mark.parametrize("trick", ["reset", "taken 500", "garbage"])
def test_make_finds_a_submit_again_that_ark_had_taken(ark, double, trick, tmp_path):
    ark.submit(ASKED, "another")
    double.plan["create"] = [trick]
    run(ASKED, tmp_path / "a.mp4", engine=ark)
    assert len(double.tasks) == 2 and len(double.calls("POST")) == 2


def test_make_gives_up_where_nobody_can_tell(videos, double, tmp_path):
    double.plan["create"] = ["taken 500"]
    with pytest.raises(UnknownOutcome):
        run(ASKED, tmp_path / "a.mp4", engine=videos)
    assert len(double.calls("POST")) == 1 and videos.find("t") == CANNOT and list(tmp_path.iterdir()) == []


def test_only_a_server_that_knows_repeated_keys_is_told_again(double, clock):
    engine = VideosApiEngine(
        "farm", base_url=double.videos, server="phonofilm", line=QUICK, sleep=clock.sleep, clock=clock, repeatable=True
    )
    double.plan["create"] = ["taken 500", "reset"]
    engine.submit(ASKED, "the-tag")
    assert [headers["idempotency-key"] for _, _, headers, _ in double.calls("POST")] == ["the-tag"] * 3
    engine.submit(ASKED, "ein größeres Etikett")
    assert re.fullmatch("[0-9a-f]{64}", double.calls("POST")[-1][2]["idempotency-key"])
    engine.close()


def test_a_vendor_out_of_reach_took_nothing(double, clock):
    engine = ArkEngine(base_url="http://127.0.0.1:1/api/v3", line=QUICK, clock=clock, sleep=clock.sleep)
    with pytest.raises(Declined) as error:
        engine.submit(ASKED, "t")
    assert error.value.code == "engine_unavailable" and error.value.retry_after == 30


def test_one_id_for_two_submits_is_no_id(engine, double):
    engine.submit(ASKED, "first")
    double.plan["create"] = ["same id"]
    with pytest.raises(UnknownOutcome, match="same id"):
        engine.submit(ASKED, "second")


def test_polling_keeps_its_pace_and_backs_off_in_trouble(engine, double, clock):
    double.polls_until_done = 100
    number = engine.submit(ASKED, "t")
    assert engine.poll(number).retry_after == 2.0
    double.plan["get"] = [
        "hang",
        (500, {}, {}),
        "garbage",
        (200, {"status": "upside down"}, {}),
        (502, b"<html>", {}),
        (200, [1], {}),
        "reset",
    ]
    found = [engine.poll(number) for _ in range(7)]
    assert [poll.retry_after for poll in found] == [2, 4, 8, 16, 30, 30, 30]
    assert all(poll.state == "running" and poll.trouble for poll in found)
    well = engine.poll(number)
    assert (well.state, well.retry_after, well.trouble) == ("running", 2.0, "")
    double.plan["get"] = [(429, {}, {"retry_after": "45"})]
    assert engine.poll(number).retry_after == 45


def test_a_vendor_that_refuses_questions_is_left_alone_too(engine, double, clock):
    double.polls_until_done = 0
    number = engine.submit(ASKED, "t")
    double.plan["get"] = [(429, {}, {})] * 5
    for _ in range(5):
        engine.poll(number)
    asked = len(double.calls("GET"))
    assert engine.poll(number).retry_after == pytest.approx(30) and len(double.calls("GET")) == asked
    clock.now += 31
    assert engine.poll(number).state == "succeeded"


def test_a_task_nobody_knows_is_believed_lost_only_after_a_while(engine):
    answered: list = []
    while len(answered) < 4:  # a question that a busy machine lost counts for nothing
        poll = engine.poll("cgt-nobody")
        if "answered 404" in (poll.trouble or "") or poll.state == "failed":
            answered.append(poll)
    assert [poll.state for poll in answered] == ["running"] * 3 + ["failed"] and answered[
        3
    ].error.code == "engine_failed"


@pytest.mark.parametrize(
    "tricks",
    [
        ["cut"],
        ["short"],
        [(500, {}, {}), "hang"],
        [(429, {}, {"retry_after": "0"})],
        ["elsewhere"],
        ["reset", "cut", "short"],
    ],
)
def test_a_download_that_breaks_is_begun_anew(engine, double, tricks, tmp_path):
    number = engine.submit(ASKED, "t")
    engine.poll(number)
    double.plan["file"] = tricks
    engine.fetch(number, tmp_path / "a.mp4")
    assert (tmp_path / "a.mp4").read_bytes() == double.clip and [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_an_address_that_expired_is_asked_for_anew(ark, double, tmp_path):
    number = ark.submit(ASKED, "t")
    ark.poll(number)
    double.plan["file"] = [(403, {}, {})]
    ark.fetch(number, tmp_path / "a.mp4")
    first, second = (path for _, path, _, _ in double.calls("GET", "/files/"))
    assert first != second and (tmp_path / "a.mp4").read_bytes() == double.clip


@pytest.mark.parametrize("trick, code", [((403, {}, {}), "expired"), ((404, {}, {}), "expired"),
        ("short", "engine_failed"), ("huge", "engine_failed"),
                                         ((200, b"<html>no clip</html>", {}), "engine_failed")])  # fmt: skip
def test_what_cannot_be_copied_leaves_nothing(engine, double, trick, code, tmp_path):
    number = engine.submit(ASKED, "t")
    engine.poll(number)
    double.plan["file"] = [trick] * 20
    with pytest.raises(Declined) as error:
        engine.fetch(number, tmp_path / "a.mp4")
    assert error.value.code == code and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "status, error, code",
    [
        (400, {"code": "InputTextSensitiveContentDetected", "message": "x"}, "input_blocked"),
        (
            400,
            {"code": "InputImageSensitiveContentDetected.PrivacyInformation", "message": "x"},
            "person_without_consent",
        ),
        (400, {"code": "SensitiveContentDetected.Violence", "message": "x"}, "input_blocked"),
        (400, {"code": "InputTextRiskDetection", "message": "x"}, "input_blocked"),
        (400, {"code": "OutputVideoSensitiveContentDetected.PolicyViolation", "message": "x"}, "output_blocked"),
        (
            400,
            {"code": "InvalidParameter.TaskTypeMismatch", "message": "ratio. Request id: 0217", "param": "ratio"},
            "invalid_parameter",
        ),
        (401, {"code": "AuthenticationError", "message": "x"}, "engine_unavailable"),
        (403, {"code": "OperationDenied.ServiceOverdue", "message": "x"}, "engine_unavailable"),
        (404, {"code": "ModelNotOpen", "message": "x"}, "engine_unavailable"),
        (429, {"code": "QuotaExceeded", "message": "x"}, "rate_limited"),
        (400, "not even an object", "invalid_parameter"),
        (302, None, "engine_failed"),
    ],
)
def test_arks_refusals_in_our_words(ark, double, status, error, code):
    double.plan["create"] = [(status, {"error": error}, {})]
    with pytest.raises(Declined) as caught:
        ark.submit(ASKED, "t")
    assert caught.value.code == code and "Request id" not in str(caught.value)
    if isinstance(error, dict):
        assert caught.value.vendor == error["code"] and caught.value.field == error.get("param")


def test_a_failed_task_says_why(ark, videos, double, tmp_path):
    double.outcome = {"status": "failed", "error": {"code": "OutputVideoSensitiveContentDetected", "message": "no"}}
    with pytest.raises(Declined) as error:
        run(ASKED, tmp_path / "a.mp4", engine=ark)
    assert error.value.code == "output_blocked"
    double.outcome = {"status": "failed", "error": {"code": "moderation_blocked", "message": "Refused by policy"}}
    with pytest.raises(Declined, match="Refused by policy") as error:
        run(ASKED, tmp_path / "a.mp4", engine=videos)
    assert error.value.code == "input_blocked"
    double.outcome = {"status": "expired"}
    number = ark.submit(ASKED, "t")
    assert ark.poll(number).error.code == "expired"


class TestLookingUp:
    """Was a submit taken? Yes, certainly not, or: nobody can tell."""

    def test_it_is_found_among_many(self, ark, double, monkeypatch):
        monkeypatch.setattr("phonofilm.engines.remote.ark.PAGE", 3)
        wanted = ark.submit(ASKED, "wanted")
        for number in range(10):
            ark.submit(ASKED, f"other {number}")
        assert ark.find("wanted") == wanted and len(double.calls("GET")) == 4

    def test_certainly_not(self, ark, double):
        assert ark.find("nothing was ever sent") is None
        ark.submit(ASKED, "other")
        assert ark.find("wanted") is None and len(double.calls("GET")) == 4

    def test_a_list_that_does_not_echo_tags_tells_nothing(self, ark, double):
        double.echoes = False
        ark.submit(ASKED, "wanted")
        assert ark.find("wanted") == CANNOT

    @pytest.mark.parametrize("trick", ["hang", "garbage", (500, {}, {}), (403, {}, {}), "empty page"])
    def test_a_list_that_is_not_whole_tells_nothing(self, ark, double, trick):
        ark.submit(ASKED, "other")
        double.plan["list"] = [trick] * 50
        assert ark.find("wanted") == CANNOT

    def test_a_list_that_understates_tells_nothing(self, ark, double):
        double.understates = 2
        ark.submit(ASKED, "other")
        assert ark.find("wanted") == CANNOT

    def test_of_two_the_first_is_ours(self, ark, double):
        first = ark.submit(ASKED, "twice")
        ark.submit(ASKED, "twice")
        assert ark.find("twice") == first


class TestCancelling:
    """A finished clip must not be thrown away, and nobody is told that a bill stopped when it did not."""

    def test_a_waiting_task(self, ark, double):
        number = ark.submit(ASKED, "t")
        double.tasks[number]["state"] = "queued"
        assert ark.cancel(number) and double.tasks[number]["state"] == "cancelled"

    @pytest.mark.parametrize("state", ["running", "succeeded"])
    def test_ark_neither_stops_running_nor_keeps_finished_tasks(self, ark, double, state):
        number = ark.submit(ASKED, "t")
        double.tasks[number]["state"] = state
        assert not ark.cancel(number) and not double.calls("DELETE")

    def test_a_server_that_stops_running_ones(self, videos, double):
        double.polls_until_done = 9
        assert videos.cancel(videos.submit(ASKED, "t")) and len(double.calls("DELETE")) == 1

    def test_a_server_that_only_forgets_is_not_told(self, double, clock):
        engine = VideosApiEngine(base_url=double.videos, server="sglang", line=QUICK, sleep=clock.sleep, clock=clock)
        double.polls_until_done = 9
        silent = Generate(prompt="A ball", seconds=4, sound=False)
        assert not engine.cancel(engine.submit(silent, "t")) and not double.calls("DELETE")

    def test_while_waiting(self, engine, double, clock, tmp_path):
        double.polls_until_done = 1000
        with pytest.raises(EngineError, match="cancelled"):
            run(ASKED, tmp_path / "a.mp4", engine=engine, cancel=lambda: clock.now > 1010)
        assert list(tmp_path.iterdir()) == []

    def test_an_answer_that_got_lost(self, ark, double):
        number = ark.submit(ASKED, "t")
        double.tasks[number]["state"] = "queued"
        double.plan["delete"] = ["reset"]
        assert ark.cancel(number)


def test_what_the_capability_lacks_is_never_sent(ark, double):
    for wrong in (
        Generate(prompt="A ball", seconds=4.5),
        Generate(prompt="A ball", steps=4),
        Generate(prompt="A ball --rs 1080p"),
        Generate(prompt="A ball", resolution="2k"),
    ):
        with pytest.raises(RequestError):
            ark.submit(wrong, "t")
    assert not double.seen


def test_a_breaker_lets_one_trial_through_at_a_time(clock):
    breaker = Breaker(clock=clock)
    for _ in range(5):
        breaker.refused()
    assert breaker.remaining() == pytest.approx(30)
    clock.now += 30
    assert [breaker.remaining(), breaker.remaining(), breaker.remaining()] == [0, 2, 2]
    breaker.unclear()
    assert breaker.remaining() == 0
    breaker.refused(asked=400)
    assert breaker.remaining() == pytest.approx(400)


def test_four_refusals_and_a_good_answer_do_not_open_it(clock):
    breaker = Breaker(clock=clock)
    for _ in range(3):
        for _ in range(4):
            breaker.refused()
        breaker.fine()
    assert breaker.state == "closed" and breaker.remaining() == 0
