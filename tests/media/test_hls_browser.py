"""The stream of a finished clip in a real browser: hls.js in headless Chromium, against a real server with signed
links."""

import pytest

from ..server.conftest import finished, start
from .browser import chromium, script

HLS_JS = "hls.js/dist/hls.min.js"
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
}"""  # noqa: E501


@pytest.fixture(scope="module")
def browser():
    with chromium() as one:
        yield one


@pytest.mark.nightly
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
        page.on(
            "response", lambda answer: refused.append((answer.status, answer.url)) if answer.status >= 400 else None
        )
        page.goto(f"{server.base}/livez")
        page.add_script_tag(path=script(HLS_JS))
        told = page.evaluate(PLAY, address)
    finally:
        stop()
    assert not [one for one in told["errors"] if one[2]], told
    assert (
        [height for _, height in told["levels"]] == [360, 720]
        and told["played"][0][1] == 360
        and told["played"][1][1] == 720
    ), told
    assert 7.8 < told["duration"] < 8.3 and told["shown"] > 60 and told["sound"] > 0, told
    assert told["texts"] == ["en"] and any("Good evening!" in cue for cue in told["cues"]), told
    assert not [one for one in refused if "favicon" not in one[1]], refused
