"""Sounds brought along: looped, cut, matched in loudness, ducked under speech; strength 0 leaves the mix as it was."""

import numpy as np
import pytest

from phonofilm.prompt import parse
from phonofilm.spec import clock
from phonofilm.theatre.sound import mix
from phonofilm.theatre.sound.loudness import loudness, true_peak
from phonofilm.theatre.sound.tracks import Track, as_music, as_voice, loops
from phonofilm.theatre.stage import staging

R = clock.THEATRE_RATE


def tone(seconds, hertz=440.0, level=0.2):
    t = np.arange(int(seconds * R)) / R
    return np.stack([level * np.sin(2 * np.pi * hertz * t)] * 2).astype(np.float32)


def band(sound, low, high, start, end):
    piece = sound[:, int(start * R) : int(end * R)].mean(0)
    power = np.abs(np.fft.rfft(piece * np.hanning(piece.size))) ** 2
    hertz = np.fft.rfftfreq(piece.size, 1 / R)
    return 10 * np.log10(power[(hertz > low) & (hertz < high)].sum() / piece.size**2 + 1e-20)


def play_of(prompt, seconds=5.0, seed=4):
    return staging.stage(parse(prompt), seconds, seed)


def test_short_music_is_looped_without_a_gap_and_long_music_is_cut_with_a_fade():
    n = 5 * R
    short, long = as_music(Track(part="music", sound=tone(1.4)), n), as_music(Track(part="music", sound=tone(9)), n)
    for out in (short, long):
        assert out.shape == (2, n) and np.sqrt((out**2).sum(0).mean()) == pytest.approx(1, abs=1e-6)
        level = np.sqrt((out[:, : n - R // 2].reshape(2, -1, R // 20) ** 2).mean((0, 2)))
        assert level.min() > 0.2 * level.max(), "no hole where a loop begins anew"
        assert np.abs(out[:, -50:]).max() < 0.01
    assert loops(Track(part="music", sound=tone(1.4)), n) == 4 and loops(Track(part="music", sound=tone(9)), n) == 0
    assert np.abs(np.diff(short)).max() < 0.2, "no click"


def test_a_voice_begins_late_is_cut_with_the_clip_and_knows_when_it_speaks():
    said = np.concatenate([tone(1.0), np.zeros((2, R), np.float32), tone(1.0)], 1)
    out, mask = as_voice(Track(part="voice", sound=said), 5 * R)
    assert (
        not mask[: int(0.25 * R)].any()
        and mask[int(0.5 * R)]
        and not mask[int(1.8 * R)]
        and mask[int(2.8 * R)]
        and not mask[int(3.6 * R) :].any()
    )
    assert np.sqrt((out[:, mask] ** 2).sum(0).mean()) == pytest.approx(1, abs=0.01)
    cut, _ = as_voice(Track(part="voice", sound=tone(9)), 4 * R)
    assert cut.shape == (2, 4 * R) and np.abs(cut[:, -10:]).max() < 0.01
    silent, none = as_voice(Track(part="voice", sound=np.zeros((2, R), np.float32)), 4 * R)
    assert not none.any() and not silent.any()


def test_music_brought_along_replaces_the_composers_by_its_strength():
    play = play_of("A girl dances on the stage at night. Cheerful music.")
    own = mix.stems(play)["music"]
    inside = [
        mix.stems(play, tracks=[Track(part="music", sound=tone(3, 2500), strength=s)])["music"]
        for s in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    assert np.allclose(inside[0], own)
    level = [band(one, 2480, 2520, 1, 4) - band(one, 20, 20_000, 1, 4) for one in inside]
    assert level == sorted(level) and level[-1] > -0.3, "at 1 nothing but the track is music"
    assert np.array_equal(
        mix.sound(play, tracks=[Track(part="music", sound=tone(3, 2500), strength=0.0)]), mix.sound(play)
    )


@pytest.mark.parametrize("loud", [0.001, 0.9])
def test_loudness_is_matched_whatever_the_file(loud):
    play = play_of("A red ball bounces on a beach at dusk.")
    out = mix.sound(play, tracks=[Track(part="music", sound=tone(2, 600, loud))])
    assert out.shape == mix.sound(play).shape
    assert loudness(out) == pytest.approx(-18, abs=0.7) and true_peak(out) <= 10 ** (-1 / 20)
    again = mix.sound(play, tracks=[Track(part="music", sound=tone(2, 600, 0.1))])
    assert np.abs(out - again).max() < 0.02


def test_music_brought_along_makes_room_for_speech():
    play = play_of('A woman stands in a room by day. woman: "Good morning, everybody." [en]')
    line = play.speech[0]
    music = mix.stems(play, tracks=[Track(part="music", sound=tone(5, 3000))])["music"]
    under, free = (
        band(music, 2950, 3050, line.start + 0.2, line.end - 0.2),
        band(music, 2950, 3050, line.end + 0.7, 4.4),
    )
    assert free - under == pytest.approx(mix.DUCK_DB, abs=0.5)


def test_a_voice_over_is_heard_over_what_happens_and_music_makes_room():
    play = play_of("A girl dances on the stage at night. Cheerful music.")
    voice = Track(part="voice", sound=tone(1.5, 1000))
    parts, bare = mix.stems(play, tracks=[voice]), mix.stems(play)
    assert not bare["speech"].any()
    assert band(parts["speech"], 950, 1050, 0.5, 1.6) > band(parts["music"], 20, 20_000, 0.5, 1.6) + 6
    ratio = np.sqrt(
        (parts["music"][:, int(0.6 * R) : int(1.5 * R)] ** 2).mean()
        / (parts["music"][:, int(2.6 * R) : int(4 * R)] ** 2).mean()
    )
    plain = np.sqrt(
        (bare["music"][:, int(0.6 * R) : int(1.5 * R)] ** 2).mean()
        / (bare["music"][:, int(2.6 * R) : int(4 * R)] ** 2).mean()
    )
    assert 20 * np.log10(ratio / plain) == pytest.approx(-mix.DUCK_DB, abs=0.8)
    level = [
        np.abs(mix.stems(play, tracks=[Track(part="voice", sound=tone(1.5, 1000), strength=s)])["speech"]).max()
        for s in (0.0, 0.5, 1.0)
    ]
    assert level[0] == 0 and level == sorted(level)
    assert np.array_equal(
        mix.sound(play, tracks=[Track(part="voice", sound=tone(1.5, 1000), strength=0.0)]), mix.sound(play)
    )
