"""The stream of a finished clip in a real browser: hls.js in headless Chromium, against a real server with signed links."""

import os
import shutil
from pathlib import Path

import pytest

from ..server.conftest import finished, start

ROOT = Path(__file__).parents[2]
HLS_JS = ROOT / "web" / "node_modules" / "hls.js" / "dist" / "hls.min.js"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip
PROMPT = 'A girl in a red coat stands on a meadow. [0-2s] She says: "Good evening!" [2-4s] Close-up.'
# plays the whole stream and tells what happened on the way
PLAY = """async (address) => {
    const video = document.createElement("video");
    video.muted = true;
    document.body.append(video);
    const said = [];
    const told = {levels: [], played: [], errors: [], texts: [], cues: []};
    const hls = new Hls({startLevel: 0});
    hls.on(Hls.Events.ERROR, (_, data) => told.errors.push([data.type, data.details, data.fatal]));
    hls.on(Hls.Events.MANIFEST_PARSED, (_, data) => { told.levels = data.levels.map((one) => [one.width, one.height]); });
    hls.on(Hls.Events.SUBTITLE_TRACKS_UPDATED, (_, data) => { told.texts = data.subtitleTracks.map((one) => one.lang); hls.subtitleTrack = 0; });
    hls.loadSource(address);
    hls.attachMedia(video);
    const until = (check, seconds) => new Promise((resolve, reject) => {
        const began = performance.now();
        const look = setInterval(() => {
            if (check()) { clearInterval(look); resolve(); }
            else if (performance.now() - began > 1000 * seconds) { clearInterval(look); reject(new Error(JSON.stringify({...told, at: video.currentTime}))); }
        }, 50);
    });
    video.textTracks.onaddtrack = (event) => {
        event.track.mode = "showing";
        event.track.oncuechange = () => said.push(...[...event.track.activeCues].map((cue) => cue.text));
    };
    await until(() => video.readyState >= 2, 60);
    await video.play();
    await until(() => video.currentTime > 1, 60);
    told.played.push([video.videoWidth, video.videoHeight]);
    hls.currentLevel = 1;
    await until(() => video.videoHeight > told.played[0][1] || video.ended, 60);
    await until(() => video.ended, 60);
    told.played.push([video.videoWidth, video.videoHeight]);
    told.duration = video.duration;
    const quality = video.getVideoPlaybackQuality();
    told.shown = quality.totalVideoFrames - quality.droppedVideoFrames;
    told.sound = video.webkitAudioDecodedByteCount;
    told.cues = said;
    hls.destroy();
    return told;
}"""


def chromium():
    """The browser's path; skips, naming the remedy, without one."""
    found = os.environ.get("PHONOFILM_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        pytest.skip("no Chromium; install it with: apt-get install chromium, or name one in PHONOFILM_CHROMIUM")
    return found


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is missing; install the dev extra")
    path = chromium()
    if not HLS_JS.is_file():
        pytest.skip("hls.js is missing; fetch it with: npm --prefix web ci")
    with playwright.sync_playwright() as driver:
        one = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield one
        one.close()


@pytest.mark.slow
def test_a_stream_plays_to_its_end_in_both_sizes_with_sound_and_subtitles(browser, tmp_path):
    server, stop = start(tmp_path)
    try:
        with server.client() as client:
            made = client.post("/v1/generations", json={"prompt": PROMPT, "model": "fake", "duration": 8}).json()
            got = finished(client, made["id"])
        assert got["state"] == "succeeded", got["error"]
        address = next(file["url"] for file in got["outputs"] if file["name"] == "hls/master.m3u8")
        page = browser.new_page()
        refused = []
        page.on("response", lambda answer: refused.append((answer.status, answer.url)) if answer.status >= 400 else None)
        page.goto(f"{server.base}/livez")
        page.add_script_tag(path=HLS_JS)
        told = page.evaluate(PLAY, address)
    finally:
        stop()
    assert not [one for one in told["errors"] if one[2]], told
    assert [height for _, height in told["levels"]] == [360, 720] and told["played"][0][1] == 360 and told["played"][1][1] == 720, told
    assert 7.8 < told["duration"] < 8.3 and told["shown"] > 60 and told["sound"] > 0, told
    assert told["texts"] == ["en"] and any("Good evening!" in cue for cue in told["cues"]), told
    assert not [one for one in refused if "favicon" not in one[1]], refused
