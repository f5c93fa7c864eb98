"""Numbered pictures and clicks in a real browser: through the MP4 and through every rung of the stream, in three
players and Chromium's own."""

from pathlib import Path

import numpy as np
import pytest

from phonofilm.media.packaging import ffmpeg
from phonofilm.media.packaging.package import package
from phonofilm.media.video import write_clip

from .browser import chromium, script, served

N, FPS, RATE = 193, 24, 48_000
ASKED = (0, 1, 2, 30, 47, 48, 95, 96, 97, 150, 191, 192)
"""Frames looked at: the first, those at cuts and key frames, the last."""
SCRIPTS = {
    "hls.js": "hls.js/dist/hls.min.js",
    "video.js": "video.js/dist/video.min.js",
    "shaka-player": "shaka-player/dist/shaka-player.compiled.js",
}


def numbered(width, height):
    """Pictures with their number in ten columns, black and white; cut every 31 frames, so that the encoder sets key
    frames of its own."""
    y, x = np.mgrid[0:height, 0:width]
    for n in range(N):
        picture = np.stack([(x + 5 * n) % 256, y % 256, 40 * (n // 31) + 0 * x], -1).astype(np.uint8)
        for bit in range(10):
            picture[height // 4 : 3 * height // 4, bit * width // 10 : (bit + 1) * width // 10] = 255 * (n >> bit & 1)
        yield picture


def ticking():
    """A click of two milliseconds every half second."""
    sound = np.zeros((2, N * RATE // FPS), np.float32)
    for start in range(RATE // 2, sound.shape[1] - RATE // 4, RATE // 2):
        sound[:, start : start + 96] = 0.8 * np.sin(np.arange(96) * 2 * np.pi * 3000 / RATE)
    return sound


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A served folder with three packages of one clip: 640x360 (its 360p rung is a copy), 320x180 (both are encoded),
    and one made without ffmpeg."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "page.html").write_text("<!doctype html><title>players</title><body></body>")
    for name, (width, height), program in (
        ("copied", (640, 360), None),
        ("encoded", (320, 180), None),
        ("alone", (320, 180), "none"),
    ):
        with pytest.MonkeyPatch.context() as patch:
            if program:
                patch.setenv("FFMPEG", program)
            ffmpeg.find.cache_clear()
            package(
                write_clip(folder / f"{name}.mp4", numbered(width, height), ticking(), rate=RATE),
                folder / name,
                stills=False,
            )
        ffmpeg.find.cache_clear()
    with served(folder) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with chromium() as one:
        yield one


def opened(browser, site, player, path, level=0):
    page = browser.new_page()
    page.goto(f"{site}/page.html")
    if player in SCRIPTS:
        page.add_script_tag(path=script(SCRIPTS[player]))
    page.add_script_tag(path=Path(__file__).with_name("players.js"))
    return page, page.evaluate(
        "([player, address, level]) => openIn(player, address, level)", [player, f"{site}/{path}", level]
    )


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("player", "path", "level"),
    [("", "copied/video.mp4", 0), ("hls.js", "copied/hls/master.m3u8", 0), ("hls.js", "copied/hls/master.m3u8", 1),
        ("hls.js", "encoded/hls/master.m3u8", 0), ("hls.js", "alone/hls/master.m3u8", 0),
     ("shaka-player", "copied/hls/master.m3u8", 0), ("video.js", "copied/hls/master.m3u8", 0)],
)  # fmt: skip
def test_frame_n_is_n_and_sound_is_in_its_place(browser, site, player, path, level):
    page, told = opened(browser, site, player, path, level)
    try:
        assert abs(told["duration"] - N / FPS) < 0.01 and told["from"] == 0, told
        assert page.evaluate("times => numbersAt(times)", [(n + 0.5) / FPS for n in ASKED]) == list(ASKED)
        heard = page.evaluate("() => clicks(4.3)")
    finally:
        page.close()
    late = [at - round(2 * at) / 2 for at in heard]
    assert len(heard) >= 6 and abs(sorted(late)[len(late) // 2]) < 0.010, late


@pytest.mark.nightly
@pytest.mark.parametrize("player", ["hls.js", "video.js", "shaka-player"])
def test_players_reach_the_end(browser, site, player):
    page, _ = opened(browser, site, player, "copied/hls/master.m3u8")
    try:
        told = page.evaluate("() => toTheEnd(1)")
    finally:
        page.close()
    assert (
        abs(told["at"] - N / FPS) < 0.05 and told["errors"] == [] and (player != "hls.js" or told["width"] == 1280)
    ), told
