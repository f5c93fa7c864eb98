"""From words to plays: what was said is staged, what was not is drawn, what is unknown is reported."""

import json
import time

import pytest

from phonofilm.prompt.camera import MOVES
from phonofilm.theatre.camera import project
from phonofilm.theatre.lexicon import repertoire
from phonofilm.theatre.play import HOURS, PLACES, WEATHERS
from phonofilm.theatre.stage.staging import stage_text
from phonofilm.theatre.truth import truth

SAID = [
    (
        "A red ball bounces in a meadow at noon under a clear sky, static camera.",
        "red ball meadow noon clear bounce static",
    ),
    (
        "We push in: night, rain, city. A lady in a violet coat strolls down the street.",
        "purple person city night rain walk push_in",
    ),
    (
        "On the beach at sunset a boy wearing teal is clapping while the camera circles him; windy",
        "turquoise person beach dusk wind clap orbit",
    ),
    (
        "Knocking on a door at dawn, in the fog, in the woods: a girl in grey. Crane shot.",
        "grey person forest dawn fog knock crane",
    ),
    (
        "Daylight, snowflakes come down on a stage. A golden bell rings twice, pan to the left.",
        "yellow bell stage noon snow ring pan_left",
    ),
    (
        "An orange mug drops in the kitchen in the evening and shatters. Dolly zoom. Clear weather.",
        "orange cup room dusk clear break dolly_zoom",
    ),
    (
        "A white crate and nothing else: it falls on the dunes at midnight in a gale. Handheld.",
        "white box desert night wind drop handheld",
    ),
]


@pytest.mark.parametrize(("text", "wanted"), SAID)
def test_what_is_said_is_staged(text, wanted):
    for seed in (0, 7):
        play = stage_text(text, 5.0, seed)
        assert (
            dict(zip(("colour", "kind", "place", "hour", "weather", "action", "camera"), wanted.split())) == play.labels
        )
        assert play.unknown == ()
        assert play.contacts
        shot = play.shots[0]
        assert (shot.place, shot.hour, shot.weather, shot.camera_move) == tuple(wanted.split()[i] for i in (2, 3, 4, 6))


def test_unknown_words_are_reported_as_written():
    play = stage_text("A red Zeppelin bounces over the Matterhorn with a ball.", 5.0, 1)
    assert play.unknown == ("Zeppelin", "Matterhorn")
    assert stage_text("Xyzzy!", 5.0, 1).unknown == ("Xyzzy",)


def test_the_same_seed_stages_the_same_play_and_another_does_not():
    text = "A girl dances, music plays, a ball bounces."
    a, b, c = (json.dumps(truth(stage_text(text, 5.0, seed)).to_json()) for seed in (4, 4, 5))
    assert a == b and a != c


def test_colliding_balls_tell_one_contact_each_meeting():
    play = stage_text("A red ball rolls into a blue ball in a room, static camera", 5.0, 2)
    meetings = [c for c in play.contacts if c.kind == "collide"]
    assert meetings and {meetings[0].actor, meetings[0].other} == {"ball-1", "ball-2"}
    a, b = (x.at(meetings[0].time) for x in play.shots[0].actors)
    assert abs(abs(a.position[0] - b.position[0]) - (a.position[1] * b.position[1]) ** 0.5 * 2) < 1e-6
    assert play.labels["action"] == "collide" and play.labels["colour"] == "red"


def test_a_person_keeps_face_and_coat_through_the_shots():
    play = stage_text(
        "[0-2s] A woman in a blue coat walks in the city. [2-4s] She claps. [4-6s] A boy jumps; the woman waves.",
        6.0,
        3,
    )
    looks = [[a.look for a in shot.actors if a.name == "person-1"] for shot in play.shots]
    assert all(len(x) == 1 for x in looks) and looks[0] == looks[1] == looks[2]
    assert [round(s.start, 3) for s in play.shots] == [0, 2, 4] and play.shots[-1].end == 6.0
    assert any(c.kind == "clap" for c in play.contacts if 2 < c.time <= 4) and all(
        c.kind == "step" for c in play.contacts if c.time <= 2
    )


SAME = {
    "a pronoun": (
        "A girl in a yellow coat stands on a meadow at dawn. [0-2.5s] She claps, the camera pushes in. [2.5-5s] She"
        ' says: "Good morning, little bird!"'
    ),
    "a label": (
        "A girl in a yellow coat stands on a meadow at dawn.\n[0-2s] The girl claps.\n[2-4s] Close-up.\ngirl:"
        ' "Hi"\n[4-5s] girl: "Hello"'
    ),
    "a noun": '[0-2s] A boy runs on a foggy beach at dusk. [2-4s] The boy jumps. [4-5s] He says: "Hello"',
    "an older noun": (
        '[0-2s] An old man sits in a park in the rain at noon. [2-4s] The man says: "It rains." [4-5s] old man:'
        ' "Again."'
    ),
    "said again": (
        "[0-2s] A man in a blue coat walks in the city at night. [2-4s] The man in the blue coat waves. [4-5s] A man in"
        " a blue coat claps."
    ),
    "a name": '[0-2s] A woman called Mia walks through the snow at dawn. [2-4s] Mia claps. [4-5s] Mia: "Good!"',
    "a name before": (
        'Mia, a girl in red, stands in a forest at night. [0-2s] Mia waves. [2-5s] mia: "Hi" Close-up of Mia.'
    ),
    "a mention": '@mia stands on a beach at noon. [0-2s] @mia waves. [2-4s] @mia: "Hi"',
    "nobody said": "A girl dances on a stage at night. [0-2s] The camera pushes in. [2-5s] Close-up.",
}


@pytest.mark.parametrize("way", SAME)
def test_one_person_keeps_the_whole_look_and_the_scene_however_the_words_call_them(way):
    for seed in range(8):
        play = stage_text(SAME[way], 5.0, seed)
        assert len({(s.place, s.hour, s.weather, s.seed) for s in play.shots}) == 1
        assert [[a.name for a in shot.actors] for shot in play.shots] == [["person-1"]] * len(play.shots)
        assert len({(a.colour_name, a.colour, a.look) for shot in play.shots for a in shot.actors}) == 1
        assert {s.actor for s in play.speech} <= {"person-1"} and {s.voice for s in play.speech} <= {
            play.shots[0].actors[0].look.voice
        }
        assert play.unknown == ()


def test_different_persons_stay_different_and_keep_their_sides():
    text = (
        "A girl in red and a girl in blue stand on a beach. [0-2s] The girl in blue waves. [2-4s] The other girl claps."
        ' [4-6s] girl in blue: "Hi"'
    )
    for seed in range(6):
        play = stage_text(text, 6.0, seed)
        red, blue = zip(*(shot.actors for shot in play.shots), strict=True)
        assert len({a.look for a in red}) == len({a.look for a in blue}) == 1 and red[0].look != blue[0].look
        assert len({a.at(5.0).position[0] for a in red}) == 1 and {
            c.actor for c in play.contacts if c.kind == "clap"
        } == {"person-1"}
        assert [s.actor for s in play.speech] == ["person-2"]
    for text, shots in (
        ("[0-2s] A girl in red walks. [2-4s] A girl in blue jumps. [4-6s] The girl in red claps.", [1, 2, 1]),
        ("[0-2s] A girl claps. [2-4s] Another girl jumps. [4-6s] The first girl waves.", [1, 2, 1]),
        ("[0-2s] A woman walks. [2-4s] A girl jumps. [4-6s] She claps.", [1, 2, 2]),
        ('A boy and a man in a room. [0-2s] Tom: "Hi" [2-4s] Bob: "Ho" [4-6s] Tom: "Well"', None),
    ):
        play = stage_text(text, 6.0, 2)
        if shots is not None:
            assert [shot.actors[0].name for shot in play.shots] == [f"person-{n}" for n in shots]
        else:
            assert [s.actor for s in play.speech] == ["person-1", "person-2", "person-1"]
        looks = {a.look for shot in play.shots for a in shot.actors}
        assert len(looks) == 2 and len({look.coat for look in looks}) == 2


def test_a_shot_may_leave_the_scene_that_holds_for_all():
    play = stage_text(
        "A girl stands on a meadow at noon. [0-2s] She waves. [2-4s] In the city at night in the rain, she claps."
        " [4-6s] A girl jumps.",
        6.0,
        4,
    )
    assert [(s.place, s.hour) for s in play.shots] == [("meadow", "noon"), ("city", "night"), ("meadow", "noon")]
    assert [s.weather == "rain" for s in play.shots][1]


def test_dialogue_is_placed_after_0_4_seconds_one_line_after_the_other():
    play = stage_text(
        'A man in red and a woman in blue stand in a room. The man says: "Good evening." The woman answers: "Good'
        ' evening to you."',
        5.0,
        1,
    )
    assert [s.actor for s in play.speech] == ["person-1", "person-2"]
    first, second = play.speech
    assert first.start == pytest.approx(0.4) and second.start >= first.end
    assert second.end <= 5.0 and first.voice != second.voice
    facts = truth(play)
    spoken = facts.mouths["person-1"]
    during = (facts.times > first.start) & (facts.times < first.end)
    assert spoken[during].max() > 0.015 and spoken[~during][:5].max() < 0.005


def test_dance_steps_and_drum_beats_lie_on_the_music():
    for text in ("A girl dances on the stage to playful music.", "A boy plays the drum on the stage, cheerful music."):
        play = stage_text(text, 5.0, 9)
        beats = set(play.music.beats)
        assert play.contacts and all(c.time in beats for c in play.contacts)
        assert play.music.beats[0] == 0 and play.music.beats[1] == pytest.approx(60 / play.music.tempo)


@pytest.mark.parametrize("kind", sorted(repertoire.PROPS))
def test_every_prop_plays_every_action_it_has(kind):
    words = {
        "bounce": "bounces",
        "roll": "rolls",
        "drop": "drops",
        "collide": "collides with another",
        "slide": "slides",
        "topple": "topples over",
        "ring": "rings",
        "drum": "beats",
        "break": "breaks",
        "close": "slams shut",
        "knock": "knocks",
        "drive": "drives",
        "fly": "flies",
        "chirp": "chirps",
        "float": "floats",
        "stand": "stands there",
    }
    for action in repertoire.PROP_ACTIONS[kind]:
        text = (
            f"A green {kind} {words[action]}{' ' + kind if action == 'collide' else ''} in the city at noon, static"
            " camera."
        )
        play = stage_text(text, 5.0, 3)
        assert play.labels["action"] == action and play.unknown == (), text
        assert play.contacts or action in ("float", "stand"), text
        assert all(0 <= c.time <= 5 for c in play.contacts)
        assert any(c.visible for c in play.contacts) or not play.contacts


@pytest.mark.parametrize("action", sorted(repertoire.PERSON_ACTIONS))
def test_every_person_plays_every_action(action):
    verb = {
        "walk": "walks",
        "run": "runs",
        "jump": "jumps",
        "clap": "claps",
        "drum": "drums",
        "ring": "rings a bell",
        "knock": "knocks on a door",
        "dance": "dances",
        "wave": "waves",
        "talk": "talks",
        "stand": "stands",
        "drop": "drops a cup",
        "kick": "kicks a ball",
        "close": "closes the door",
    }[action]
    play = stage_text(f"A man in a red coat {verb} on the stage at noon, static camera.", 5.0, 3)
    assert play.labels["action"] == action and play.unknown == ()
    assert play.contacts or play.speech or action in ("wave", "stand")
    rig = play.shots[0].camera
    for n in range(51):
        x, y, z = play.shots[0].actors[0].at(n / 10).position
        u, v, scale = project(rig(n / 10), (x, y + 0.8, z))
        assert abs(u) < 0.85 and abs(v) < 0.45 and 0.3 < 1.7 * scale < 0.9


def test_vocabulary_is_wide_enough():
    assert len(PLACES) >= 6 and len(HOURS) == 4 and len(WEATHERS) >= 4 and len(MOVES) >= 8
    assert len(repertoire.PROPS) >= 10 and len(repertoire.COLOURS) == 12
    for category, values in (
        ("place", PLACES),
        ("hour", HOURS),
        ("weather", WEATHERS),
        ("colour", repertoire.COLOURS),
        ("kind", repertoire.PROPS),
    ):
        for value in values:
            assert len(repertoire.wordings(category, value)) >= 4, value


def test_staging_is_quick():
    text = "A girl in a red coat walks in the forest at dawn while a ball bounces; pan left."
    stage_text(text, 5.0, 0)
    began = time.process_time()
    for seed in range(10):
        stage_text(text, 5.0, seed)
    assert (time.process_time() - began) / 10 < 0.05


def test_truth_has_every_frame_and_can_be_written():
    play = stage_text("[0-2s] A ball bounces. [2-4s] A man walks.", 4.0, 5)
    facts = truth(play)
    assert facts.times.shape == (97,) and facts.camera.shape == (97, 7)
    assert list(facts.shots[[0, 48, 49, 96]]) == [0, 0, 1, 1]
    ball = next(iter(facts.positions.values()))
    assert ball.shape == (97, 3) and not any(map(any, ball[:49] != ball[:49])) and (ball[49:] != ball[49:]).all()
    json.dumps(facts.to_json(), allow_nan=False)
