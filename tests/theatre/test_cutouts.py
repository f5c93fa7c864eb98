"""Any noun as a paper cut-out: words in many languages, cards for the rest, papers that draw, move and sound."""

import subprocess
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from phonofilm.prompt import parse, tokenise
from phonofilm.theatre import light
from phonofilm.theatre.camera import Frame, direct
from phonofilm.theatre.draw import paint
from phonofilm.theatre.lexicon import cutout_table, cutouts, nouns, repertoire
from phonofilm.theatre.lexicon.families import FAMILIES, does
from phonofilm.theatre.moves import things
from phonofilm.theatre.moves.prop import Prop
from phonofilm.theatre.paper import puppetry
from phonofilm.theatre.paper.pen import Canvas
from phonofilm.theatre.paper.props import Brush
from phonofilm.theatre.play import MATERIALS, Shot
from phonofilm.theatre.reading.plan import Role, Turn, resolve
from phonofilm.theatre.sound import foley
from phonofilm.theatre.stage.staging import stage

pytestmark = pytest.mark.usefixtures("drawings")

WORDS = {
    "en": {"horse": "horse", "Dogs": "dog", "golden retriever": "dog", "smartphone": "mobile-phone",
        "ramen": "steaming-bowl", "wolves": "wolf", "cherries": "cherries"},
    "zh": {"狗": "dog", "马": "horse", "龙": "dragon"}, "ja": {"猫": "cat", "魚": "fish"}, "ko": {"말": "horse"},
    "de": {"Katzen": "cat", "Hund": "dog"},
    "fr": {"cheval": "horse", "chats": "cat"}, "es": {"caballos": "horse"}, "pl": {"koń": "horse"},
    "ru": {"собака": "dog"},
}  # fmt: skip


@pytest.mark.parametrize("language", WORDS)
def test_a_noun_finds_its_drawing(language):
    for word, name in WORDS[language].items():
        found = cutouts.find(word, language)
        assert found is not None and (found.name, found.kind, found.word) == (name, "drawing", word)
        assert (cutouts.find(word) or found).name == name or language not in ("en", "ru", "pl")


def test_what_nothing_draws_is_a_card_with_the_word_on_it():
    assert cutouts.find("flux capacitor") is None and cutouts.find("") is None and cutouts.find("sad") is None
    card = cutouts.card("flux capacitor")
    assert (card.kind, card.name, card.exact) == ("card", "flux capacitor", False)
    assert (puppetry._card("flux capacitor") != puppetry._card("plumbus")).any()


def test_what_the_theatre_has_as_a_prop_stays_one():
    found = cutouts.find("Automobil", "de") or cutouts.find("Auto", "de")
    assert found is not None and found.kind == "prop" and found.name in repertoire.PROPS


def test_the_table_names_drawings_that_are_there_and_kinds_that_are_known():
    listed = {*cutout_table.natures(), *cutout_table.english().values()} - set(cutout_table.SKETCHED)
    with zipfile.ZipFile(cutouts.PACK) as pack:
        there = {name.partition("/")[2] for name in pack.namelist() if name.startswith("drawings/")}
        assert listed <= there, sorted(listed - there)
        notice = pack.read("NOTICE").decode()
    assert "Microsoft Corporation" in notice and "UNICODE LICENSE" in notice and "MIT License" in notice
    for name, nature in cutout_table.natures().items():
        assert nature.move in cutout_table.MOVES and nature.material in MATERIALS and 0.2 <= nature.height <= 3.5, name
        assert not nature.voice or nature.voice in foley.RECIPES, (name, nature.voice)


WITHOUT = """
from pathlib import Path
from phonofilm.prompt import parse
from phonofilm.theatre.lexicon import cutouts
from phonofilm.theatre.stage.staging import stage

cutouts.PACK = Path("none.zip")
found = cutouts.find("horse")
assert found is not None and found.kind == "card" and found.nature.move == "walk"
assert cutouts.find("plumbus") is None
actors = [actor for shot in stage(parse("一架钢琴在海边。"), 4, 3).shots for actor in shot.actors]
assert [(actor.kind, actor.cutout.kind) for actor in actors] == [("piano", "card")]
"""


def test_without_the_drawings_cards_stand_in():
    """In a process of its own: what words mean is remembered in many places."""
    subprocess.run([sys.executable, "-c", WITHOUT], check=True)


def _drawn(cutout, *, tint=None, turn=-1.0, part=0.0, stencil=False):
    canvas = Canvas(96, 96)
    canvas.stencil = stencil
    canvas.group((80, 0, 48, 0, -80, 48))
    brush = Brush(canvas=canvas, hour=light.hour("noon", "clear"), body=(1, 0, 0), turn=turn, part=part)
    puppetry.draw(brush, cutout, tint)
    canvas.leave()
    canvas.draw()
    return canvas.pixels.copy(), brush


def test_a_drawing_is_coloured_by_a_word_turned_round_and_bent():
    horse = cutouts.find("horse")
    plain, brush = _drawn(horse)
    assert brush.big and (plain[..., 3] > 200).mean() > 0.2
    white, _ = _drawn(horse, tint=(0.95, 0.94, 0.92))
    body = plain[..., 3] > 200
    assert white[body][:, :3].mean() > plain[body][:, :3].mean() + 40
    right, _ = _drawn(horse, turn=1.0)
    assert np.abs(right[:, ::-1].astype(int) - plain).mean() < 3 < np.abs(right.astype(int) - plain).mean()
    assert np.abs(_drawn(horse, part=0.3)[0].astype(int) - plain).mean() > 0.5
    stencil, _ = _drawn(horse, stencil=True)
    assert ((stencil[..., 3] > 127) & ~body).mean() < 0.02


def test_a_picture_stands_as_it_is_cut_out():
    pixels = np.zeros((40, 20, 4), np.uint8)
    pixels[5:35, 4:16] = (255, 0, 0, 255)
    own = cutouts.Cutout(name="mascot", kind="picture", word="mascot", picture=pixels, aspect=0.5)
    drawn, brush = _drawn(own)
    centre, corner = drawn[48, 48], drawn[10, 10]
    assert centre[0] > 150 and centre[2] < 80 and centre[3] == 255 and corner[3] == 0
    assert len(brush.big) == 1


def _prop(cutout, **more):
    import random

    size = cutout.size
    known = {
        "name": f"{cutout.name}-1",
        "kind": cutout.name,
        "colour_name": "red",
        "colour": (1, 0, 0),
        "size": size,
        "material": cutout.nature.material,
    }
    return Prop(
        **known,
        start=0.0,
        end=4.0,
        x=0.0,
        z=6.0,
        ground="grass",
        chance=random.Random(1),
        way=1.0,
        cutout=cutout,
        round=cutout.nature.move == "roll",
        **more,
    )


@pytest.mark.parametrize(
    "word",
    ["horse", "frog", "snake", "eagle", "shark", "truck", "boat", "cloud", "apple", "sword", "tree", "fire", "plumbus"],
)
def test_every_way_to_move_plays_every_family(word):
    cutout = cutouts.find(word) or cutouts.card(word)
    for family in sorted(set(FAMILIES.values())):
        said = does(cutout, next(key for key, value in FAMILIES.items() if value == family), with_thing=True)
        if said == "collide":
            continue
        staged = things.build(_prop(cutout), said)
        times = np.linspace(0, 4, 41)
        spots = np.array([staged.actor.at(float(t)).position for t in times])
        assert np.isfinite(spots).all() and spots[:, 1].min() > -0.01, (word, said)
        assert all(0 <= c.time <= 4.3 for c in staged.contacts)
        moved = np.abs(np.diff(spots, axis=0)).max()
        assert moved < 2.5, (word, said, "no leaps from frame to frame")


def test_a_walker_gets_on_and_sets_its_feet_down():
    staged = things.build(_prop(cutouts.find("horse")), "go")
    assert staged.actor.at(3.0).position[0] - staged.actor.at(1.0).position[0] > 1.0
    assert {"step", "neigh"} <= {c.kind for c in staged.contacts}
    leaves = things.build(_prop(cutouts.find("horse")), "leave")
    assert leaves.actor.at(4.0).position[0] > 3 > leaves.box[1]


def test_actions_come_to_what_a_kind_can_do():
    dog, rose, cup = cutouts.find("dog"), cutouts.find("rose"), cutouts.find("wine glass")
    for cutout, action, comes in (
        (dog, "walk", "go"),
        (dog, None, "stand"),
        (rose, "run", "stand"),
        (cup, "break", "break"),
        (dog, "break", "drop"),
        (dog, "talk", "voice"),
    ):
        turn = Turn(role=Role(kind=cutout.name, cutout=cutout), action=action)
        resolve(turn)
        assert turn.action == comes, (cutout.name, action)


def test_a_cast_of_cutouts_is_seen_where_the_masks_say():
    prop = _prop(cutouts.find("dog"))
    actor = things.build(prop, "stand").actor
    frame = Frame(left=-1, right=1, bottom=0, top=1.2, depth=6)
    shot = Shot(
        start=0,
        end=4,
        place="meadow",
        hour="noon",
        weather="clear",
        actors=(actor,),
        camera=direct("static", start=0, end=4, frame=frame),
        camera_move="static",
        seed=3,
    )
    ids = paint.ids(shot, 1.0, 160, 90)
    assert 200 < (ids == 1).sum() < 6000
    bare = Shot(**{**vars(shot), "actors": ()})
    changed = np.abs(paint.frame(shot, 1.0, 160, 90).astype(int) - paint.frame(bare, 1.0, 160, 90)).sum(2) > 60
    assert (changed & (ids == 1)).sum() > 0.5 * (ids == 1).sum()


def _stage(text, seconds=4, seed=3):
    return stage(parse(text), seconds, seed)


def _cast(play):
    return [
        (actor.kind, None if actor.cutout is None else actor.cutout.kind)
        for shot in play.shots
        for actor in shot.actors
    ]


def test_the_words_of_the_playbill_are_none_of_these():
    """What networks train on is staged without cut-outs: no word of the repertoire is looked up among them."""
    for wording in (" ".join(words) for words in repertoire.lexicon()):
        found = tokenise(wording)
        joined = [n > 0 for n in range(len(found))]
        if all(repertoire.match([word.text], 0) is not None for word in found):
            assert nouns.noun_at(found, 0, joined) is None, wording


@pytest.mark.parametrize(
    ("text", "cast"),
    [
        ("A brown horse gallops along a beach.", [("horse", "drawing")]),
        ("A golden retriever runs on a meadow.", [("dog", "drawing")]),
        ("A perfume bottle on a table.", [("perfume-bottle", "sketch"), ("table", None)]),
        ("A quokka dances on a beach.", [("quokka", "card")]),
        ("A chef waves in a room.", [("person", None)]), ("A knight and a dragon in a forest.",
            [("person", None), ("dragon", "drawing")]),
        ("She brushes the table.", [("person", None), ("table", None)]), ("Waves on a beach at sunset.", []),
        ("A beach. No people, no dogs.", []),
        ("A luxury watch on a table.", [("watch", "drawing"), ("table", None)]),
        ("A player in a yellow jersey jumps.", [("person", None)]),
    ],
)  # fmt: skip
def test_any_noun_is_on_stage_as_itself_or_as_a_card(text, cast):
    assert _cast(_stage(text)) == cast


def test_who_plays_a_word_is_said_and_a_place_is_never_drawn_by_lot():
    for seed in range(4):
        play = _stage("A horse and a drone-like plumbus stand next to ramen.", seed=seed)
        assert play.shots[0].place == "studio"
    told = " ".join(play.notes)
    assert (
        "paper cut-outs: horse" in told
        and "'ramen' by 'steaming bowl'" in told
        and "a blank backdrop stands in" in told
    )
    assert "the place is empty" in " ".join(_stage("Waves on a beach.").notes)
    assert any("kept out: people" in note for note in _stage("A beach. No people.").notes)
    assert any(
        "a card with the word stands for: quokka" in note for note in _stage("A quokka dances on a beach.").notes
    )


def test_what_is_kept_out_is_neither_seen_nor_heard():
    heard = _stage("A girl dances on a beach, music plays.")
    assert heard.music is not None and _stage("A girl dances on a beach. No music.").music is None
    assert _stage("Two men talk in a room.").speech and not _stage("Two men talk in a room. No dialogue.").speech


def test_a_cutout_keeps_its_own_colour_through_all_shots_unless_words_give_it_one():
    plain = _stage("[0-2s] A horse on a beach. [2-4s] The horse runs.")
    assert [actor.tint for shot in plain.shots for actor in shot.actors] == [None, None]
    red = _stage("[0-2s] A red horse on a beach. [2-4s] The horse runs.")
    tints = [actor.tint for shot in red.shots for actor in shot.actors]
    assert tints[0] == tints[1] and tints[0][0] > tints[0][1] + 0.3


def test_lists_of_the_table_name_drawings_that_are_there():
    with zipfile.ZipFile(cutouts.PACK) as pack:
        there = {name.partition("/")[2] for name in pack.namelist() if name.startswith("drawings/")}
    for listed in (cutout_table.FACES_RIGHT, cutout_table.FACES_US, cutout_table.HEADS):
        assert listed <= there, sorted(listed - there)


def test_an_aeroplane_flies_nose_first():
    """The nose of the drawing points to where it goes: its picture is the same turned round, not the tail's side."""
    plane = cutouts.find("airplane")
    assert plane.nature.faces == 1.0
    right, left = _drawn(plane, turn=1.0)[0], _drawn(plane, turn=-1.0)[0]
    assert np.abs(right[:, ::-1].astype(int) - left).mean() < 3
    bare = _drawn(replace(plane, nature=plane.nature._replace(faces=0.0)))[0]
    assert np.abs(bare.astype(int) - right).mean() < 3, "to the right it is drawn as it is"


def test_a_broken_cutout_is_in_pieces():
    glass = cutouts.find("wine glass")
    staged = things.build(_prop(glass), "break")
    landed = next(c.time for c in staged.contacts if c.kind == "break")
    assert staged.actor.at(landed - 0.02).part <= 1 < staged.actor.at(landed + 0.2).part
    whole, broken = _drawn(glass)[1], _drawn(glass, part=1.4)[1]
    assert len(broken.big) == 10 != len(whole.big)


def test_a_head_stands_on_a_body():
    fox, _ = _drawn(cutouts.find("fox"))
    rows = np.nonzero((fox[..., 3] > 200).any(axis=1))[0]
    legs = fox[int(rows[-1]) - 4, :, 3] > 200
    assert (np.diff(legs.astype(int)) == 1).sum() == 2


def test_black_keeps_the_inner_lines():
    dog = cutouts.find("horse")
    black, _ = _drawn(dog, tint=(0.11, 0.11, 0.14))
    inside = black[(black[..., 3] > 250)][:, :3].astype(int)
    assert len({tuple(colour // 6) for colour in inside}) > 6
