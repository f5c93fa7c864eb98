"""What the ear can check: onsets, sides, loudness, music, voices."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal

import numpy as np
import pytest

from phonofilm.errors import RequestError
from phonofilm.spec import clock
from phonofilm.theatre.play import MATERIALS, VISEMES, Camera, Contact, Music, Phoneme, Play, Shot, Speech
from phonofilm.theatre.sound import ambience, foley, formant, kana, mix, modal, music, speech
from phonofilm.theatre.sound.loudness import limit, loudness, true_peak
from phonofilm.theatre.stage.staging import stage_text

R = 48_000
LINES = {
    "en": "Hello there, look at the red ball!",
    "zh": "你好，我的朋友。",
    "yue": "你好，我嘅朋友。",
    "ja": "こんにちは、友達。",
    "ko": "안녕하세요, 친구.",
    "es": "Hola, amigo mío, mira la pelota.",
    "fr": "Bonjour mon ami, il fait beau.",
    "de": "Guten Tag, mein Freund.",
}


def shot(place: str = "meadow", start: float = 0.0, end: float = 5.0) -> Shot:
    camera = Camera(position=(0.0, 1.4, 0.0))
    return Shot(
        start=start,
        end=end,
        place=place,
        hour="noon",
        weather="clear",
        actors=(),
        camera=lambda t: camera,
        camera_move="static",
        seed=1,
    )


def contact(
    time: float,
    kind: str = "bounce",
    material: str = "rubber",
    other: str = "wood",
    speed: float = 3.0,
    x: float = 0.0,
    size: float = 0.22,
) -> Contact:
    return Contact(
        time=time,
        kind=kind,
        actor="a",
        other="floor",
        position=(x, 0.0, 5.0),
        material=material,
        other_material=other,
        speed=speed,
        size=size,
    )


def play(*contacts: Contact, **fields: object) -> Play:
    return Play(**{"seconds": 5.0, "shots": (shot(),), "contacts": contacts, "seed": 11, **fields})  # type: ignore[arg-type]


def line(text: str, start: float, language: str = "en") -> Speech:
    phonemes = speech.phonemes(text, language, 1.1)
    placed = tuple(
        Phoneme(start=p.start + start, end=p.end + start, symbol=p.symbol, viseme=p.viseme) for p in phonemes
    )
    return Speech(
        start=start,
        end=placed[-1].end,
        actor="a",
        text=text,
        language=language,
        voice=1.1,
        phonemes=placed,
        position=(0.0, 1.4, 4.0),
    )


def power(sound: np.ndarray, start: float, end: float) -> float:
    return float((sound[..., round(start * R) : round(end * R)].astype(float) ** 2).mean())


# Contacts


@pytest.mark.parametrize("kind", [*foley.RECIPES, "something new"])
@pytest.mark.parametrize("seed", [0, 1])
def test_every_kind_begins_at_once_and_is_loudest_there(kind: str, seed: int) -> None:
    wave = foley.strike(contact(0.0, kind, "wood"), np.random.default_rng(seed))
    envelope = np.abs(wave)
    assert wave.dtype == np.float32 and np.isfinite(wave).all() and 0.01 < envelope.max() <= 1.5
    assert np.argmax(envelope > 0.02 * envelope.max()) <= 0.001 * R
    assert envelope[: int(0.005 * R)].max() >= 0.8 * envelope.max()
    assert abs(wave[-1]) < 1e-4


@pytest.mark.parametrize("material", MATERIALS)
@pytest.mark.parametrize("ground", [*modal.GROUNDS, "metal"])
def test_every_pair_of_materials_begins_at_once(material: str, ground: str) -> None:
    wave = np.abs(foley.strike(contact(0.0, "bounce", material, ground), np.random.default_rng(5)))
    assert np.argmax(wave > 0.02 * wave.max()) <= 0.001 * R and wave.argmax() <= 0.005 * R


@pytest.mark.parametrize("kind", ["bounce", "step", "clap", "drum", "ring", "break", "close", "horn"])
def test_onsets_in_the_mix_are_exact_and_nothing_sounds_before(kind: str) -> None:
    when = 2.345678
    for rate in (48_000, 24_000):
        sound = mix.sound(play(contact(when, kind, "metal"), shots=(shot("stage"),)), rate)
        at = clock.sample_at(when, rate)
        envelope = np.abs(sound).max(0)
        assert envelope[: at - rate // 1000].max() < 0.01 * envelope.max()
        assert envelope[at : at + rate // 1000].max() > 0.02 * envelope.max()


def test_harder_blows_are_louder_and_brighter_and_bigger_bodies_lower() -> None:
    def centroid(wave: np.ndarray) -> float:
        spectrum = np.abs(np.fft.rfft(wave, 1 << 16)) ** 2
        return float((spectrum * np.fft.rfftfreq(1 << 16, 1 / R)).sum() / spectrum.sum())

    soft, hard = (foley.strike(contact(0, "collide", "wood", speed=v), np.random.default_rng(2)) for v in (0.6, 5.0))
    assert np.abs(hard).max() / np.abs(soft).max() == pytest.approx(
        min(1.2, 0.5 * 2.5**1.2) / (0.5 * 0.3**1.2), rel=0.01
    )
    assert centroid(hard) > centroid(soft)
    small, large = (foley.strike(contact(0, "ring", "bell", size=s), np.random.default_rng(2)) for s in (0.08, 0.5))
    assert centroid(small) > 1.5 * centroid(large)


def test_materials_ring_as_long_as_they_should() -> None:
    def length(material: str) -> float:
        wave = np.abs(foley.strike(contact(0, "collide", material, "stone"), np.random.default_rng(4)))
        return np.flatnonzero(wave > 0.1 * wave.max())[-1] / R  # type: ignore[no-any-return]

    assert length("stone") < length("wood") < length("glass") < length("metal") < length("bell")


# Mix


def test_length_is_exact_to_the_frame() -> None:
    for seconds in (4.0, 5.0, 7.25):
        for rate in (48_000, 24_000, 44_100):
            sound = mix.sound(play(contact(1.0), seconds=seconds, shots=(shot(end=seconds),)), rate)
            assert sound.shape == (2, clock.samples(seconds, rate)) and sound.dtype == np.float32


def test_sides_and_distance() -> None:
    left, middle, right = (mix.stems(play(contact(1.0, x=x)))["effects"] for x in (-2.5, 0.0, 2.5))
    assert power(left[0], 1, 1.2) > 2.5 * power(left[1], 1, 1.2)
    assert power(right[1], 1, 1.2) > 2.5 * power(right[0], 1, 1.2)
    assert power(middle[0], 1, 1.2) == pytest.approx(power(middle[1], 1, 1.2))
    camera = Camera(position=(0.0, 0.0, 0.0))
    assert mix.bearing(camera, (3.0, 0.0, 4.0))[1] == pytest.approx(5.0)
    assert mix.bearing(Camera(position=(0.0, 0.0, 0.0), yaw=0.3), (0.0, 0.0, 4.0))[0] < 0


SCENES = {
    "bounces": play(*(contact(0.5 + 0.4 * k, speed=5 * 0.8**k) for k in range(8)), ambience=((0.0, 5.0, "wind", 0.6),)),
    "one hit": play(contact(1.96, "break", "glass"), shots=(shot("room"),), ambience=((0.0, 5.0, "rain", 0.8),)),
    "steps and city": play(
        *(contact(0.3 + 0.5 * k, "step", "rubber", "street", 1.5) for k in range(9)),
        shots=(shot("city"),),
        ambience=((0.0, 5.0, "city", 1.0),),
    ),
    "drums": play(
        *(contact(0.6 * k, "drum", "skin") for k in range(8)),
        music=Music(mood="epic", tempo=100, beats=music.beats(100, 5.0), seed=3),
        shots=(shot("stage"),),
    ),
    "music": play(music=Music(mood="calm", tempo=72, beats=music.beats(72, 5.0), seed=3)),
}


@pytest.mark.parametrize("name", SCENES)
def test_loudness_peak_and_determinism(name: str) -> None:
    sound = mix.sound(SCENES[name])
    assert loudness(sound) == pytest.approx(-18.0, abs=1.5)
    assert true_peak(sound) < 10 ** (-1 / 20)
    assert np.array_equal(sound, mix.sound(SCENES[name]))
    assert np.abs(mix.sound(SCENES[name], 24_000)).max() < 10 ** (-1 / 20)


def test_another_seed_sounds_different_and_silence_is_silent() -> None:
    assert not np.array_equal(mix.sound(play(contact(1.0), seed=1)), mix.sound(play(contact(1.0), seed=2)))
    assert not mix.sound(play()).any()
    assert loudness(mix.sound(play(ambience=((0.0, 5.0, "night", 1.0),)))) == pytest.approx(mix.TARGET_AIR, abs=0.5)


def test_impacts_stand_above_the_air_and_the_music() -> None:
    stems = mix.stems(
        play(
            *(contact(0.5 + 0.6 * k) for k in range(7)),
            ambience=((0.0, 5.0, "waves", 1.0),),
            music=Music(mood="calm", tempo=72, beats=(), seed=1),
        )
    )
    hits = np.mean([power(stems["effects"], 0.5 + 0.6 * k, 0.55 + 0.6 * k) for k in range(7)])
    assert 10 * np.log10(hits / power(stems["ambience"], 0, 5)) == pytest.approx(20, abs=2)
    assert 10 * np.log10(hits / power(stems["music"], 0, 5)) == pytest.approx(10, abs=2)


def test_stems_add_up_to_the_mix_where_the_limiter_rests() -> None:
    scene = play(ambience=((0.0, 5.0, "birds", 1.0),), music=Music(mood="sad", tempo=66, beats=(), seed=4))
    total = sum(mix.stems(scene).values())
    assert np.abs(total - mix.sound(scene)).max() < 0.02


def test_music_ducks_under_speech_by_six_decibels() -> None:
    spoken = line(LINES["en"], 1.5)
    scene = play(speech=(spoken,), music=Music(mood="calm", tempo=72, beats=music.beats(72, 5.0), seed=9))
    mask = np.zeros(5 * R, bool)
    mask[round(1.5 * R) : round(spoken.end * R)] = True
    gain = mix.ducking(mask)
    assert gain[round(1.34 * R)] == pytest.approx(1.0, abs=1e-3) and gain[-1] == pytest.approx(1.0)
    assert 20 * np.log10(gain[round(1.51 * R)]) == pytest.approx(-6.0, abs=0.1)
    stems = mix.stems(scene)
    plain = music.compose(scene.music, 5.0)  # type: ignore[arg-type]
    ratio = [power(stems["music"], a, b) / power(plain, a, b) for a, b in ((0.2, 1.2), (1.6, spoken.end))]
    assert 10 * np.log10(ratio[1] / ratio[0]) == pytest.approx(-6.0, abs=0.2)
    apart = 10 * np.log10(power(stems["speech"], 1.5, spoken.end) / power(stems["music"], 1.5, spoken.end))
    assert 6.5 < apart < 12.0


def test_limiter_holds_the_ceiling_without_a_step() -> None:
    t = np.arange(R) / R
    loud = np.stack([2.0 * np.sin(2 * np.pi * 300 * t)] * 2).astype(np.float32) * (t > 0.5) + 0.1 * np.sin(
        2 * np.pi * 100 * t
    ).astype(np.float32)
    held = limit(loud.astype(np.float32), 0.8)
    assert np.abs(held).max() <= 0.8 + 1e-6
    gain = held[0, loud[0] != 0] / loud[0, loud[0] != 0]
    assert np.abs(np.diff(gain)).max() < 0.05


def test_loudness_meter_against_the_standards_tone() -> None:
    tone = np.sin(2 * np.pi * 997 * np.arange(3 * R) / R).astype(np.float32)
    assert loudness(np.stack([tone, 0 * tone])) == pytest.approx(-3.01, abs=0.05)


def test_reverberation_by_place() -> None:
    tails = {
        place: mix.stems(play(contact(1.0, "clap", "skin"), shots=(shot(place),)))["effects"]
        for place in ("meadow", "beach", "city", "stage")
    }
    later = {place: power(s, 1.12, 1.5) / power(s, 1.0, 1.05) for place, s in tails.items()}
    assert later["meadow"] < 1e-8 < later["beach"] < later["city"] < later["stage"]


# Music and air


@pytest.mark.parametrize("mood", music.MOODS)
def test_music_begins_on_the_beat_and_ends_quietly(mood: str) -> None:
    score = Music(mood=mood, tempo=100, beats=music.beats(100, 6.0), seed=2)
    sound = music.compose(score, 6.0)
    assert sound.shape == (2, clock.samples(6.0, R)) and np.isfinite(sound).all() and np.abs(sound).max() < 1.5
    assert power(sound, 0, 0.2) > 0.05 * power(sound, 0, 6)
    assert power(sound, 6.02, 6.04) < 1e-3 * power(sound, 0, 6)
    assert np.array_equal(sound, music.compose(score, 6.0))
    assert not np.array_equal(sound, music.compose(Music(mood=mood, tempo=100, beats=(), seed=3), 6.0))


def test_beats() -> None:
    assert music.beats(120, 2.0) == pytest.approx((0, 0.5, 1.0, 1.5, 2.0))
    assert music.beats(90, 4.0)[-1] == pytest.approx(4.0)


def test_drums_of_the_music_fall_on_its_beats() -> None:
    sound = music.compose(Music(mood="tense", tempo=100, beats=(), seed=1), 6.0).mean(0)
    # Ticks above 5 kHz at every half beat.
    high = np.abs(np.diff(sound, 2))
    for at in music.beats(200, 3.0)[1:]:
        k = clock.sample_at(at, R)
        assert high[k : k + 96].max() > 2 * high[k - 480 : k - 8].max()


@pytest.mark.parametrize("name", ambience.SOUNDS)
def test_air(name: str) -> None:
    sound = ambience.ambience(name, 3 * R, 4)
    assert sound.shape == (2, 3 * R) and np.sqrt((sound**2).mean()) == pytest.approx(0.1, rel=0.2)
    assert np.array_equal(sound, ambience.ambience(name, 3 * R, 4)) and not np.array_equal(
        sound, ambience.ambience(name, 3 * R, 5)
    )


# Voices


def check_voice(wave: np.ndarray, phonemes: tuple[Phoneme, ...]) -> None:
    assert len(phonemes) >= 6 and phonemes[0].start == 0.0
    for p, q in itertools.pairwise(phonemes):
        assert p.start < p.end <= q.start + 1e-9
    assert all(p.viseme in VISEMES for p in phonemes) and not any(set(p.symbol) & set("ˈˌː()") for p in phonemes)
    assert wave.size == pytest.approx(phonemes[-1].end * R, abs=R / 100)
    spoken = np.zeros(wave.size, bool)
    for p in phonemes:
        spoken[round(p.start * R) : round(p.end * R)] |= p.symbol != "_"
    assert (wave[spoken].astype(float) ** 2).sum() > 0.97 * (wave.astype(float) ** 2).sum()
    vowels = np.concatenate(
        [wave[round(p.start * R) : round(p.end * R)] for p in phonemes if p.viseme in ("E", "A", "O", "U")]
    )
    assert (vowels**2).mean() > (wave**2).mean()


def test_espeak_is_here() -> None:
    assert speech.espeak_files() is not None, "the tests need espeakng-loader: pip install espeakng-loader"
    assert speech.speech_engine() == "espeak-ng"


@pytest.mark.parametrize("language", LINES)
def test_eight_languages_speak(language: str) -> None:
    wave, phonemes = speech.speak(LINES[language], language, 1.1)
    check_voice(wave, phonemes)
    assert speech.phonemes(LINES[language], language, 1.1) == phonemes
    assert {p.viseme for p in phonemes} & {"A", "O", "E"}


@pytest.mark.parametrize("language", LINES)
def test_our_own_voice_where_espeak_is_absent(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "espeak_files", lambda: None)
    speech.speech_engine.cache_clear()
    speech._spoken.cache_clear()
    try:
        assert speech.speech_engine() == "formant"
        check_voice(*speech.speak(LINES[language], language, 1.1))
    finally:
        monkeypatch.undo()
        speech.speech_engine.cache_clear()
        speech._spoken.cache_clear()
    assert speech.speech_engine() == "espeak-ng"


def test_lips_shut_for_m_b_p() -> None:
    shut = [p.symbol for p in speech.phonemes("My papa bought a map.", "en") if p.viseme == "closed"]
    assert shut == ["m", "p", "p", "b", "m", "p"]


def test_clean_symbols() -> None:
    assert speech.clean("ˈaɪ") == ("a", "ɪ") and speech.clean("ˌɔ̃") == ("ɔ̃",) and speech.clean("tɕh") == ("tɕʰ",)
    assert (
        speech.clean("ˈuː") == ("u",)
        and speech.clean("(en)") == ()
        and speech.clean("") == ()
        and speech.clean("dʒ") == ("dʒ",)
    )


def test_voices_differ_in_pitch() -> None:
    def pitch(wave: np.ndarray) -> float:
        spectrum = np.fft.rfft(wave, 1 << 18)
        spectrum[np.fft.rfftfreq(1 << 18, 1 / R) > 400] = 0  # fundamental and its first overtones, without formants
        auto = np.fft.irfft(np.abs(spectrum) ** 2)[: R // 80]
        low = R // 320
        return R / float(low + auto[low:].argmax())

    low, high = (pitch(speech.speak("moon", "en", v)[0]) for v in (0.75, 1.5))
    assert 80 < low < 130 and 1.5 < high / low < 2.5


def test_a_dead_worker_is_replaced_and_lines_repeat_to_the_sample() -> None:
    first = speech.speak("Wake up again.", "en", 1.0)[0].copy()
    process = speech._worker.process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    speech._spoken.cache_clear()
    again, _ = speech.speak("Wake up again.", "en", 1.0)
    assert speech._worker.process is not process and np.array_equal(first, again)


def _size(number: int) -> int:
    return int(speech.speak(f"number {number}", "en", 1.0)[0].size)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes fork")
def test_forked_parents_each_have_their_own_worker() -> None:
    here = [_size(k) for k in range(6)]
    speech._spoken.cache_clear()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(_size, range(6)) == here
    assert speech._worker.process is not None and speech._worker.process.poll() is None


def test_odd_text() -> None:
    for text in ("", "   ", "?!…", "—"):
        wave, phonemes = speech.speak(text, "en")
        assert wave.size == 0 and phonemes == ()
    with pytest.raises(RequestError):
        speech.speak("hallo", "nl")


def test_japanese_readings() -> None:
    assert kana.to_kana("今日はいい天気です。") == "きょうわいいてんきです。"
    assert kana.to_kana("今日は") == "こんにちわ" and kana.unread("薔薇と車") == ("薔", "薇")
    assert formant.spell("シャツ", "ja") == ["ɕ", "a", "ts", "ɯ"]


@pytest.mark.usefixtures("drawings")
@pytest.mark.parametrize(
    "text",
    [
        "雨の夜、駅のホームに赤い傘をさした女性が立っている。電車が通り過ぎ、彼女は静かに「さよなら」と言う。ピアノの音楽。",
        'A robot kneels in a city. Robot: "You are safe now."',
    ],
)
def test_a_line_is_understood_over_a_train_or_a_machine_and_the_train_leaves(text: str) -> None:
    staged = stage_text(text, 5, 1)
    parts = mix.stems(staged)
    said = staged.speech[0]
    rest = sum(part for name, part in parts.items() if name != "speech")
    assert (
        10 * np.log10(power(parts["speech"], said.start, said.end) / power(np.asarray(rest), said.start, said.end)) > 8
    )
    if staged.music is not None:
        assert power(parts["effects"], 4.5, 5.0) < 0.25 * power(parts["effects"], 2.2, 3.0), "it has left"
        assert power(parts["music"], 4.2, 4.9) > 0.02 * power(parts["effects"], 4.2, 4.9)


@pytest.mark.usefixtures("drawings")
def test_a_heart_is_heard_when_asked_for_and_stops_before_silence() -> None:
    def beats(text: str) -> list[float]:
        return [one.time for one in stage_text(text, 4, 1).contacts if one.kind == "heartbeat"]

    assert beats("An astronaut on the moon, heartbeat.")[-1] > 3.0
    stopped = beats("An astronaut on the moon, heartbeat, then silence.")
    assert len(stopped) >= 3 and stopped[-1] < 3.0
    assert not beats("An astronaut on the moon.")
