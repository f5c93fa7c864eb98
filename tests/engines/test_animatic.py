"""The animatic honours what is brought along: colours, first and last frames, music, voices; it goes on from its own
clips and changes them.

Everything is measured on what comes out: pixels, samples, notes.
"""

import json
import wave
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from phonofilm.engines import registry, route
from phonofilm.engines.animatic.engine import AnimaticEngine
from phonofilm.errors import MediaError, RequestError
from phonofilm.media.palette import delta_e
from phonofilm.media.scale import cover
from phonofilm.prompt import parse
from phonofilm.spec import clock
from phonofilm.spec.reference import Origin, Reference
from phonofilm.spec.request import Generate
from phonofilm.theatre.continuing import staged
from phonofilm.theatre.draw import paint
from phonofilm.theatre.sound.loudness import loudness
from phonofilm.theatre.stage import staging

TEAL = (10, 140, 120)
R = clock.THEATRE_RATE
LONG = Origin.of({"prompt": "A girl waves. " * 400, "seconds": 4.0, "seed": 1, "parts": [], "changes": [], "more": {}})
ENGINE = registry.load("animatic")
SKETCH = AnimaticEngine(sketch=True)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A portrait in teal on white, a landscape, a tune of 1.5 s and a voice of 2 s, as files."""
    folder = tmp_path_factory.mktemp("brought")
    picture = np.full((120, 90, 3), 255, np.uint8)
    picture[20:110, 20:70] = TEAL
    Image.fromarray(picture).save(folder / "mia.png")
    x, y = np.meshgrid(np.linspace(0, 1, 320), np.linspace(0, 1, 180))
    land = np.stack([255 * x, 255 * y, 120 + 0 * x], -1).astype(np.uint8)
    Image.fromarray(land).save(folder / "land.png")
    for name, seconds, hertz in (("tune", 1.5, 2500), ("voice", 2.0, 900)):
        t = np.arange(int(seconds * 44100)) / 44100
        samples = (8000 * np.sin(2 * np.pi * hertz * t)).astype("<i2")
        with wave.open(str(folder / f"{name}.wav"), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(44100)
            out.writeframes(samples.tobytes())
    return folder


def ask(prompt, *references, **more):
    wish = {"seconds": 4, "seed": 7, "engine": "animatic", "sizes": "preview", **more}
    return Generate(prompt=prompt, references=tuple(references), **wish)


def hear(request):
    """The clip's sound; nobody looks at its pictures."""
    ENGINE.capability().admit(request)
    result = ENGINE.generate(request)
    result.frames.close()
    return result


def see(request):
    """The clip's pictures, 12 a second and each sharp, without sound."""
    ENGINE.capability().admit(request)
    result = SKETCH.generate(replace(request, sound=False))
    return replace(result, frames=list(result.frames))


def image(files, name, role="reference", file="mia.png", strength=1.0):
    return Reference(kind="image", role=role, name=name, path=str(files / file), strength=strength)


def sound(files, name, file, strength=1.0):
    return Reference(kind="audio", name=name, path=str(files / file), strength=strength)


def source_of(result):
    """What the service makes of a finished clip: its origin, through plain data as the database keeps it."""
    return Reference(
        kind="video",
        role="source",
        path="unread.mp4",
        origin=Origin.of(json.loads(json.dumps(result.details["origin"]))),
    )


def tone(sound, hertz, start, end):
    piece = sound[:, int(start * R) : int(end * R)].mean(0)
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(piece.size))) / piece.size
    return 20 * np.log10(spectrum[round(hertz * piece.size / R) - 3 : round(hertz * piece.size / R) + 4].max() + 1e-9)


# pictures


def test_a_picture_dresses_whom_its_name_stands_for_and_the_notes_say_so(files):
    result = see(ask("A girl @mia waves in a meadow at noon. The camera holds still.", image(files, "mia")))
    assert any(
        "@mia dresses person 1 in its colours (#0a8c78)" in note and "not its likeness" in note for note in result.notes
    )
    assert result.details["references"] == [
        {"name": "mia", "as": "dress", "actor": "person-1", "colours": ["#0a8c78"], "strength": 1.0}
    ]


def test_the_stronger_a_picture_the_nearer_the_clip_comes_to_it(files):
    prompt = "A ball like @mia bounces in a meadow at noon. The camera holds still."
    shot = staging.stage(parse(prompt), 4, 7).shots[0]
    width, height = ask(prompt).size
    apart = []
    for strength in (0.0, 0.25, 0.5, 0.75, 1.0):
        result = see(ask(prompt, image(files, "mia", strength=strength)))
        frame = result.frames[24]
        body = frame[paint.ids(shot, 2.0, width, height) == 1] / 255.0
        apart.append(float(np.mean([delta_e(tuple(pixel), tuple(c / 255 for c in TEAL)) for pixel in body[::7]])))
    assert apart == sorted(apart, reverse=True) and apart[0] - apart[-1] > 20, apart
    plain = see(ask(prompt))
    left_out = see(ask(prompt, image(files, "mia", strength=0.0)))
    assert all(np.array_equal(a, b) for a, b in zip(plain.frames, left_out.frames, strict=True))
    assert "@mia is left out: its strength is 0" in left_out.notes


def test_skin_is_no_cloth(tmp_path):
    portrait = np.full((120, 90, 3), (224, 172, 140), np.uint8)
    portrait[70:, :45], portrait[70:, 45:] = (24, 110, 96), (120, 30, 70)
    Image.fromarray(portrait).save(tmp_path / "a.png")
    told = {}
    for person in (None, True):
        reference = Reference(kind="image", name="mia", path=str(tmp_path / "a.png"), person=person)
        told[person] = hear(ask("A girl @mia waves in a meadow at noon.", reference, sound=False)).details[
            "references"
        ][0]["colours"]
    assert told[None][0] == "#e0ac8c" and "#e0ac8c" not in told[True]
    assert set(told[True]) == {"#186e60", "#781e46"} == set(told[None][1:])


def test_a_picture_by_its_number_and_one_nobody_is_left_for(files):
    result = see(
        ask(
            "@image1, a cup, stands in a room by day. The camera pushes in.",
            image(files, ""),
            image(files, "spare", file="land.png"),
        )
    )
    assert any(note.startswith("@image1 dresses the cup") for note in result.notes)
    assert any(note == "@spare changed nothing: the cast has nobody left to wear its colours" for note in result.notes)


def test_the_clip_opens_on_the_first_frame_and_leaves_it_within_half_a_second(files):
    prompt = "A red ball bounces on a beach at dusk. The camera holds still."
    plain = see(ask(prompt)).frames
    result = see(ask(prompt, image(files, "start", "first_frame", "land.png")))
    frames = list(result.frames)
    land = cover(np.asarray(Image.open(files / "land.png").convert("RGB")), result.size)
    assert np.array_equal(frames[0], land)
    apart = [float(np.abs(frame.astype(int) - land).mean()) for frame in frames[:7]]
    assert apart == sorted(apart) and np.array_equal(frames[6], plain[6]) and np.array_equal(frames[30], plain[30])
    assert any("opens on the first frame" in note and "does not move" in note for note in result.notes)


def test_the_clip_ends_on_the_last_frame(files):
    result = see(ask("A red ball bounces on a beach at dusk.", image(files, "end", "last_frame", "land.png")))
    frames = list(result.frames)
    land = cover(np.asarray(Image.open(files / "land.png").convert("RGB")), result.size)
    assert np.array_equal(frames[-1], land) and np.abs(frames[-7].astype(int) - land).mean() > 15


# sounds


def test_music_brought_along_plays_and_the_composers_does_not(files):
    prompt = "A girl dances on the stage at night to @bg_music. The camera holds still."
    plain, result = hear(ask(prompt)), hear(ask(prompt, sound(files, "bg_music", "tune.wav")))
    assert result.sound.shape == plain.sound.shape
    assert min(tone(result.sound, 2500, at, at + 1) for at in (0.2, 1.4, 2.4)) > tone(plain.sound, 2500, 1, 2) + 15
    assert loudness(result.sound) == pytest.approx(-18, abs=0.8)
    assert any(
        "@bg_music plays as the music, ducked under speech (looped 4 times)" in note and "staged beat" in note
        for note in result.notes
    )


def test_a_voice_over_by_its_name_or_by_the_words_around_it(files):
    by_name = hear(ask("A car drives in the city at noon.", sound(files, "voiceover", "voice.wav")))
    by_words = hear(ask("A car drives in the city at noon, narrated by @audio1.", sound(files, "", "voice.wav")))
    for result in (by_name, by_words):
        assert result.details["references"][0]["as"] == "voice"
        assert tone(result.sound, 900, 0.5, 2.0) > tone(result.sound, 900, 2.6, 3.9) + 20
    neither = hear(ask("A car drives in the city at noon.", sound(files, "clip", "tune.wav")))
    assert any("the words do not say whether it is music or a voice" in note for note in neither.notes)


def test_a_sound_asked_for_without_sound_is_not_silently_dropped(files):
    result = hear(ask("A car drives.", sound(files, "bgm", "tune.wav"), sound=False))
    assert not result.sound.any() and "@bgm is not heard: the clip was asked for without sound" in result.notes


def test_the_weaker_the_music_the_more_of_the_composers(files):
    level = [
        tone(
            hear(ask("A girl dances on the stage at night. Cheerful music.", sound(files, "bgm", "tune.wav", s))).sound,
            2500,
            1,
            3,
        )
        for s in (0.25, 0.5, 1.0)
    ]
    assert level == sorted(level)


# what cannot be done is refused before anything is made


@pytest.mark.parametrize(
    ("references", "task", "more", "told"),
    [
        ([Reference(kind="video", path="a.mp4")], "generate", {}, "takes no video as reference"),
        ([Reference(kind="video", role="source", path="a.mp4")], "extend", {},
            "only go on from a clip that it made here itself"),
        ([Reference(kind="video", role="source", path="a.mp4", origin=LONG)], "extend", {},
            "grown over 5000 characters"),
        ([Reference(kind="video", role="source", path="a.mp4")], "edit", {},
            "only change a clip that it made here itself"),
        ([Reference(kind="video", role="source", strength=0.5, origin=Origin(prompt="A ball.", seconds=4, seed=1))],
            "extend", {}, "strength at 1"),
        ([Reference(kind="video", role="source", origin=Origin(prompt="A ball.", seconds=4, seed=1))], "edit",
            {"edit_strength": 0.5}, "no use for an edit"),
        (
            [Reference(kind="video", role="source", origin=Origin(prompt="A ball.", seconds=4, seed=1)),
                Reference(kind="image", role="first_frame")],
            "extend", {}, "begins an extension where its source ends",
        ),
    ],
)  # fmt: skip
def test_what_it_cannot_do_is_refused_by_its_capability(references, task, more, told):
    with pytest.raises(RequestError, match=told):
        ENGINE.capability().admit(ask("A ball.", *references, task=task, **more))


def test_every_pair_it_declares_is_honoured_and_says_so(files):
    """A reference of each declared kind and role changes the clip and leaves a note."""
    base = "A girl @a waves in a meadow at noon. Cheerful music."
    plain, sounded = see(ask(base)), hear(ask(base)).sound
    for kind, role in ENGINE.capability().references:
        if role == "source":
            continue
        file = "land.png" if kind == "image" else "tune.wav"
        request = ask(base, Reference(kind=kind, role=role, name="a", path=str(files / file)))
        result = see(request)
        differs = any(not np.array_equal(a, b) for a, b in zip(plain.frames, result.frames, strict=True))
        assert differs == (kind == "image") and (not np.array_equal(sounded, hear(request).sound)) == (
            kind == "audio"
        ), (kind, role)
        assert result.notes and result.details["references"]


def test_files_that_cannot_be_read_are_refused_with_a_remedy(tmp_path):
    (tmp_path / "bad").write_bytes(b"nothing of the kind")
    for reference in (
        Reference(kind="image", path=str(tmp_path / "bad")),
        Reference(kind="audio", path=str(tmp_path / "bad")),
        Reference(kind="image", role="first_frame", path=str(tmp_path / "bad")),
    ):
        with pytest.raises(MediaError, match="give a"):
            hear(ask("A girl waves.", reference))


def test_routing_names_the_animatic_as_the_one_that_could():
    with pytest.raises(RequestError, match="engine animatic could do it"):
        route.choose(
            ask("A ball.", Reference(kind="image", role="first_frame"), engine="native", sizes=None),
            [registry.load("native").capability(), ENGINE.capability()],
        )


# going on


CLIP = "A girl in a red coat stands on a meadow at dawn. The camera pushes in. Calm music."


def test_an_extension_begins_on_the_very_picture_its_source_ends_on():
    before = see(ask(CLIP))
    after = see(ask("She waves. The camera holds still.", source_of(before), task="extend", seconds=5, seed=99))
    assert len(after.frames) == 61 and after.n_frames == clock.frames(5)
    assert np.array_equal(before.frames[-1], after.frames[0])
    assert after.seed == before.seed == 7
    assert any("same cast, place and music (seed 7)" in note for note in after.notes)


@pytest.mark.parametrize("seed", [1, 2])
def test_cast_place_hour_and_music_go_on_whatever_the_new_words_leave_open(seed):
    prompt = "A dancer and a boy stand. Cheerful music."
    before = hear(ask(prompt, seed=seed))
    after = hear(ask("She dances. The camera orbits.", source_of(before), task="extend", seed=50 + seed))
    source = staging.stage(parse(prompt), 4, seed)
    origin = Origin.of(after.details["origin"])
    play = staged(parse(origin.prompt), origin.seconds, origin.seed, parts=origin.parts)
    first, second = source.shots[0], play.shots[-1]
    assert (second.place, second.hour, second.weather, second.seed) == (
        first.place,
        first.hour,
        first.weather,
        first.seed,
    )
    looks = {actor.name: actor.look for actor in first.actors}
    assert second.actors[0].look == looks[second.actors[0].name]
    assert (
        play.music.mood == source.music.mood
        and play.music.tempo == source.music.tempo
        and play.music.seed == source.music.seed
    )
    assert play.begin == 4 and play.shots[0].actors[0].look == first.actors[0].look
    assert abs(loudness_of_music(before.sound, 2.0, 3.4) - loudness_of_music(after.sound, 1.0, 2.4)) < 6


def loudness_of_music(sound, start, end):
    piece = sound[:, int(start * R) : int(end * R)]
    return 20 * np.log10(np.sqrt((piece**2).mean()) + 1e-9)


def test_an_extension_lies_as_loud_as_its_source():
    before = hear(ask("A girl stands in the rain in the city at night. Calm music."))
    after = hear(ask("The camera pulls back.", source_of(before), task="extend"))
    assert after.details["origin"]["more"]["levels"] == before.details["origin"]["more"]["levels"]
    rain = [band(before.sound, 6000, 15_000, 3.0, 3.95), band(after.sound, 6000, 15_000, 0.05, 1.0)]
    assert abs(rain[0] - rain[1]) < 1.5, rain


def band(sound, low, high, start, end):
    piece = sound[:, int(start * R) : int(end * R)].mean(0)
    power = np.abs(np.fft.rfft(piece * np.hanning(piece.size))) ** 2
    hertz = np.fft.rfftfreq(piece.size, 1 / R)
    return 10 * np.log10(power[(hertz > low) & (hertz < high)].mean())


def test_extensions_go_on_from_extensions():
    one = see(ask(CLIP))
    two = see(ask('She waves. girl: "Good morning!" [en]', source_of(one), task="extend"))
    three = see(ask("Close-up. The camera holds still.", source_of(two), task="extend", seconds=6))
    assert np.array_equal(two.frames[-1], three.frames[0])
    assert three.n_frames == clock.frames(6)
    assert three.details["origin"]["parts"] == [4.0, 8.0] and three.details["origin"]["seconds"] == 14.0
    (line,) = two.details["lines"]
    assert 0 < line["start"] < 1.5 and (line["speaker"], line["text"], line["language"]) == (
        "girl",
        "Good morning!",
        "en",
    )


def test_an_extension_begins_where_its_source_ends_to_the_last_decimal():
    """Scripts are written to the millisecond, and 13/3 s is written a third of one earlier."""
    one = see(ask(CLIP, seconds=13 / 3))
    two = see(ask("The girl waves. Close-up.", source_of(one), task="extend"))
    shots = [shot for shot in two.details["origin"]["prompt"].split("[") if shot]
    assert len(shots) == 2 and np.array_equal(one.frames[-1], two.frames[0])
    assert float(np.abs(two.frames[-1].astype(float) - one.frames[-1]).mean()) > 2


def test_an_edit_of_the_scene_keeps_what_is_said():
    one = see(ask('A girl stands in a meadow. girl: "Good morning!" [en]'))
    night = see(ask("Make it night.", source_of(one), task="edit"))
    assert night.details["lines"] == one.details["lines"] and night.details["lines"][0]["text"] == "Good morning!"


def test_a_source_without_a_script_is_not_taken_for_a_fresh_scene():
    with pytest.raises(RequestError, match="script of the source is not known"):
        SKETCH.generate(ask("The girl waves.", replace(source_of(see(ask(CLIP))), origin=None), task="extend"))


def test_what_was_worn_goes_on(files):
    before = see(ask("A girl @mia stands in a meadow at noon.", image(files, "mia")))
    after = see(ask("@mia waves. The camera holds still.", source_of(before), task="extend"))
    assert np.array_equal(before.frames[-1], after.frames[0])
    assert after.details["origin"]["more"]["dress"]["mia"]["strength"] == 1.0


def test_unknown_words_of_the_source_are_not_told_again():
    before = see(ask("A girl stands in a meadow, zorbofex."))
    after = see(ask("She waves like a flumph.", source_of(before), task="extend"))
    assert any("zorbofex" in note for note in before.notes)
    assert any("flumph" in note for note in after.notes) and not any("zorbofex" in note for note in after.notes)


# changing


def test_a_change_of_hour_keeps_camera_timing_and_layout():
    before = see(ask("A boy in a red shirt kicks a ball in the park at noon. The camera orbits."))
    after = see(ask("Make it night and let it rain.", source_of(before), task="edit"))
    assert after.details["contacts"] == before.details["contacts"]
    old, new = (np.stack([frame[::4, ::4] for frame in result.frames]).astype(float) for result in (before, after))
    assert new.mean() < old.mean() - 40, "it is night"
    assert any("keeps cast, action, timing and camera (seed 7)" in note for note in after.notes)
    snow = see(ask("Let it snow.", source_of(before), task="edit"))
    assert (
        np.abs(snow.frames[10].astype(int) - before.frames[10]).mean()
        < np.abs(after.frames[10].astype(int) - before.frames[10]).mean()
    )
    again = see(ask("Snow falls.", source_of(after), task="edit"))
    assert [words for _, words in again.details["origin"]["changes"]] == [
        "Make it night and let it rain.",
        "Snow falls.",
    ]
    assert np.stack(again.frames).mean() < old.mean() - 20, "still night"
    onward = see(ask("He waves.", source_of(after), task="extend"))
    apart = np.abs(after.frames[-1].astype(int) - onward.frames[0])
    assert apart.mean() < 0.05, "night and rain go on; a few drops are drawn a hair apart"


def test_a_whole_scene_described_anew_keeps_the_seed():
    before = see(ask("A girl walks on a beach at dusk. The camera tracks with her."))
    after = see(
        ask("A girl walks in the city at night. The camera tracks with her.", source_of(before), task="edit", seed=1)
    )
    assert after.seed == 7 and any("stages the words anew with the seed of its source" in note for note in after.notes)
    with pytest.raises(RequestError, match="place, hour, weather, sound and music by a few words"):
        see(ask("Make her coat blue.", source_of(before), task="edit"))
    with pytest.raises(RequestError, match="keeps its timing"):
        see(ask("Make it night.", source_of(before), task="edit", seconds=6))
