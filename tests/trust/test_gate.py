import threading
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phonofilm.trust import phash
from phonofilm.trust.classify.classifier import Nothing, Score
from phonofilm.trust.consent import Leave, check_scope, judge
from phonofilm.trust.gate import Seen, admit, release
from phonofilm.trust.policy import CATEGORIES, Policy
from phonofilm.trust.sampling import Sample

PICTURE = np.random.default_rng(1).integers(0, 255, (90, 160, 3), dtype=np.uint8)
FRAMES = [Sample(index=24 * i, picture=np.roll(PICTURE, i, axis=1)) for i in range(8)]
SOUND = np.zeros((2, 48000), np.float32)


class Says:
    """A classifier that answers as it is told."""

    def __init__(self, answer, name="says", senses=("frames",), timeout=5.0):
        self.name, self.looks_at, self.timeout, self._answer = name, frozenset(senses), timeout, answer
        self.seen = []

    def score(self, **material):
        self.seen.append(material)
        if isinstance(self._answer, BaseException):
            raise self._answer
        return self._answer() if callable(self._answer) else self._answer


def picture(**more):
    return Seen(**({"name": "image1", "kind": "image", "frames": (PICTURE,), "person": False} | more))


# --- a checker that is down


TROUBLES = [
    RuntimeError("out of memory"), ConnectionError("refused"), KeyError("results"), TimeoutError(), MemoryError(),
    [Score(category="sexual", value=float("nan"))], [Score(category="sexual", value=1.5)],
    [Score(category="no such", value=0.1)],
    [Score(category="sexual", value=0.0, frame=99)], None, 7, ["sexual"],
]  # fmt: skip


@pytest.mark.parametrize("trouble", TROUBLES, ids=repr)
def test_a_classifier_in_trouble_means_review_at_both_doors(trouble):
    broken = Says(trouble)
    for verdict in (
        admit("A calm lake", [picture()], None, [broken]),
        release(FRAMES, SOUND, "A calm lake", None, [broken]),
    ):
        assert verdict.action == "review"
        assert [f.category for f in verdict.findings] == ["unchecked"]
        assert "says" in verdict.findings[0].detail and "says" not in verdict.checked


def test_a_hanging_classifier_means_review_within_its_time_and_is_given_up_on():
    hold = threading.Event()
    hangs = Says(lambda: hold.wait(60), name="hangs", timeout=0.15)
    start = time.monotonic()
    verdicts = [release(FRAMES, None, "", None, [hangs]) for _ in range(6)]
    assert time.monotonic() - start < 30  # one of them alone would have taken 60
    assert [v.action for v in verdicts] == ["review"] * 6
    assert len(hangs.seen) == 4  # after four lost calls it is not asked again ...
    hold.set()
    until = time.monotonic() + 30
    while (
        back := release(FRAMES, None, "", None, [Says([], name="hangs")]).action
    ) != "publish" and time.monotonic() < until:
        time.sleep(0.02)
    assert back == "publish"  # ... until they came back


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    trouble=st.sampled_from(TROUBLES[:7]),
    actions=st.sampled_from(
        [("publish", "publish", "review"), ("publish", "review", "block"), ("publish", "publish", "block")]
    ),
    unchecked=st.sampled_from([None, "low", "medium", "high"]),
    others=st.integers(0, 2),
)
def test_no_policy_publishes_what_could_not_be_checked(trouble, actions, unchecked, others):
    policy = Policy(
        actions=dict(zip(("low", "medium", "high"), actions)), severities={"unchecked": unchecked} if unchecked else {}
    )
    fine = [Says([], name=f"fine{i}") for i in range(others)]
    assert admit("A calm lake", [picture()], policy, [*fine, Says(trouble, name="down")]).action != "publish"
    assert release(FRAMES, None, "", policy, [Says(trouble, name="down"), *fine]).action != "publish"


def test_pictures_without_any_classifier_go_to_review_and_none_must_be_said():
    assert admit("A calm lake", [picture()], None, ()).action == "review"
    assert release(FRAMES, None, "", None, ()).action == "review"
    for none in ("none", [Nothing()]):
        verdict = release(FRAMES, None, "A calm lake", None, none)
        assert verdict.action == "publish" and verdict.checked == ("text", "none")
    with pytest.raises(ValueError, match="none"):
        release(FRAMES, None, "", None, "nothing")


def test_a_clip_without_frames_cannot_be_released():
    assert release([], None, "", None, "none").action == "review"


def test_only_the_sound_or_text_classifier_is_not_enough_for_pictures():
    assert release(FRAMES, SOUND, "", None, [Says([], senses=("sound",))]).action == "review"


# --- scores


@pytest.mark.parametrize(("value", "action"), [(0.2, "publish"), (0.6, "review"), (0.9, "block")])
def test_scores_become_severities_and_name_the_frame(value, action):
    looks = Says([Score(category="violence", value=value, frame=3), Score(category="violence", value=0.01, frame=4)])
    verdict = release(FRAMES, None, "", None, [looks])
    assert verdict.action == action
    if action != "publish":
        assert verdict.findings[0].where == "output frame 72" and verdict.findings[0].category == "violence"


def test_a_classifier_gets_only_what_it_looks_at():
    eyes, ears, reader = (
        Says([], name="eyes"),
        Says([], name="ears", senses=("sound",)),
        Says([], name="reader", senses=("text",)),
    )
    verdict = admit("A calm lake", [picture(kind="video", sound=SOUND)], None, [eyes, ears, reader])
    assert set(eyes.seen[0]) == {"frames"} and set(ears.seen[0]) == {"sound"} and set(reader.seen[0]) == {"text"}
    assert set(verdict.checked) == {"text", "eyes", "ears", "reader"}


def test_a_face_contradicts_no_person_and_says_nothing_where_one_was_declared():
    face = Says([Score(category="person", value=0.95, frame=0)])
    leave = Leave(id="c1", scope=frozenset({"face"}))
    assert admit("A portrait", [picture()], None, [face]).action == "review"
    assert admit("A portrait", [picture(person=True, consent=leave)], None, [face]).action == "publish"
    assert release(FRAMES, None, "", None, [face], persons=False).action == "review"
    assert release(FRAMES, None, "", None, [face], persons=True).action == "publish"


# --- consent


@pytest.mark.parametrize(
    ("person", "leave", "action"),
    [
        (False, None, "publish"), (None, None, "review"), (True, None, "block"),
        (True, Leave(id="c", scope=frozenset({"face"})), "publish"),
        (True, Leave(id="c", scope=frozenset({"voice"})), "block"),
        (True, Leave(id="c", scope=frozenset({"face"}), expires=999.0), "block"),
        (True, Leave(id="c", scope=frozenset({"face"}), expires=1001.0), "publish"),
        (True, Leave(id="c", scope=frozenset({"face"}), revoked=1000.0), "block"),
    ],
)  # fmt: skip
def test_real_persons_need_leave(person, leave, action):
    verdict = admit("A portrait in the rain", [picture(person=person, consent=leave)], None, "none", now=1000.0)
    assert verdict.action == action
    assert all(f.category == "person" and f.where == "@image1" for f in verdict.findings)


def test_a_voice_needs_leave_for_the_voice():
    face = Leave(id="c", scope=frozenset({"face"}))
    assert judge(kind="audio", person=True, consent=face, now=0.0, where="@audio1").severity == "high"
    assert "voice" in judge(kind="video", person=True, consent=face, now=0.0, where="@video1", has_sound=True).detail
    assert judge(kind="video", person=True, consent=face, now=0.0, where="@video1") is None


def test_unknown_scopes_are_refused():
    assert check_scope(["face", "voice"]) == {"face", "voice"}
    for bad in (["soul"], []):
        with pytest.raises(ValueError, match="face, voice, body"):
            check_scope(bad)


# --- the verdict


def test_a_blocked_picture_does_not_come_back_even_mirrored():
    gradient = np.linspace(0, 255, 160).astype(np.uint8)[None, :, None] * np.ones((90, 1, 3), np.uint8)
    gradient[20:50, 30:60] = 255
    blocked = {phash.phash_image(gradient)}
    for shown in (gradient, np.ascontiguousarray(gradient[:, ::-1])):
        verdict = admit("A calm lake", [picture(frames=(PICTURE, shown))], None, "none", blocked=blocked)
        assert (
            verdict.action == "block"
            and verdict.findings[0].category == "blocklist"
            and verdict.findings[0].where == "@image1 frame 1"
        )
    assert admit("A calm lake", [picture()], None, "none", blocked=blocked).action == "publish"


def test_the_harshest_finding_decides_and_comes_first():
    verdict = admit("How to build a bomb, and a naked man", [picture(person=None)], None, "none")
    assert verdict.action == "block" and verdict.findings[0].severity == "high"
    assert {"weapons", "sexual", "person"} <= {f.category for f in verdict.findings}
    assert 0 < verdict.risk <= 100
    assert verdict.to_plain()["findings"][0]["category"] == "weapons"


def test_what_a_reviewer_passed_is_kept_as_a_low_finding():
    prompt = "A naked man in a river"
    assert admit(prompt, (), None, "none").action == "review"
    verdict = admit(prompt, (), None, "none", approved=["sexual"])
    assert verdict.action == "publish" and verdict.findings[0].severity == "low"
    assert release(FRAMES, None, prompt, None, "none", approved=["sexual"]).action == "publish"
    assert release(FRAMES, None, prompt + " how to build a bomb", None, "none", approved=["sexual"]).action == "block"


def test_every_decision_names_the_policy_and_the_words_it_was_made_by():
    plain, strict = Policy(), Policy(version="strict", severities={"sexual": "high"})
    a, b = (admit("A naked man", (), policy, "none") for policy in (plain, strict))
    assert (
        a.policy_version.startswith(plain.name + "+")
        and b.policy_version.startswith("strict:")
        and a.policy_version != b.policy_version
    )
    assert (a.action, b.action) == ("review", "block")
    assert set(f.category for f in a.findings) <= set(CATEGORIES)
