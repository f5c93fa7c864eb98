"""Files on their way out: links, ranges, caches, playlists."""

import hashlib
import io
import re
import time
from urllib.parse import parse_qs, urljoin, urlsplit

import av
import httpx2
import pytest

from phonofilm.server.errors import Refused
from phonofilm.server.files import byte_range

from .conftest import finished, start


@pytest.fixture(scope="module")
def clip(running):
    with running.client() as client:
        got = finished(
            client,
            client.post(
                "/v1/generations", json={"prompt": "A red ball", "model": "fake", "duration": 4, "seed": 1}
            ).json()["id"],
        )
        assert got["state"] == "succeeded", got["error"]
        return {file["name"]: file for file in got["outputs"]}, got["id"]


def test_the_clip_is_a_clip(running, clip):
    files, job = clip
    body = httpx2.get(files["video.mp4"]["url"], timeout=60).content
    assert len(body) == files["video.mp4"]["bytes"] and hashlib.sha256(body).hexdigest() == files["video.mp4"]["sha256"]
    with av.open(io.BytesIO(body)) as container:
        assert {stream.type for stream in container.streams} >= {"video", "audio"}
        assert sum(1 for _ in container.decode(video=0)) == 97
    with running.client() as client:
        assert client.get(f"/v1/generations/{job}/content").content == body
        assert (
            client.get(f"/v1/generations/{job}/outputs/video.mp4", params={"download": True})
            .headers["content-disposition"]
            .startswith("attachment")
        )


def test_ranges(clip):
    url = clip[0]["video.mp4"]["url"]
    whole = httpx2.get(url, timeout=60)
    size = len(whole.content)
    assert whole.headers["accept-ranges"] == "bytes" and whole.headers["content-type"] == "video/mp4"
    for header, first, last in [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        (f"bytes={size - 5}-", size - 5, size - 1),
        ("bytes=-7", size - 7, size - 1),
        (f"bytes=5-{size + 99}", 5, size - 1),
    ]:
        part = httpx2.get(url, timeout=60, headers={"Range": header})
        assert part.status_code == 206 and part.headers["content-range"] == f"bytes {first}-{last}/{size}"
        assert (
            part.content == whole.content[first : last + 1] and int(part.headers["content-length"]) == last - first + 1
        )
    for header in ("bytes=5-2", "lines=1-2", "bytes=", "bytes=a-b", "bytes=0-1,4-5"):
        assert httpx2.get(url, headers={"Range": header}, timeout=60).status_code == 200
    beyond = httpx2.get(url, timeout=60, headers={"Range": f"bytes={size}-"})
    assert beyond.status_code == 416 and beyond.headers["content-range"] == f"bytes */{size}"
    head = httpx2.head(url, timeout=60)
    assert head.status_code == 200 and int(head.headers["content-length"]) == size and head.content == b""
    tag = whole.headers["etag"]
    assert httpx2.get(url, headers={"If-None-Match": tag}, timeout=60).status_code == 304
    assert httpx2.get(url, headers={"Range": "bytes=0-1", "If-Range": tag}, timeout=60).status_code == 206
    assert httpx2.get(url, headers={"Range": "bytes=0-1", "If-Range": '"another"'}, timeout=60).status_code == 200


def test_a_range_of_nothing():
    for header, size in [("bytes=-0", 10), ("bytes=10-", 10), ("bytes=0-", 0), ("bytes=-5", 0)]:
        with pytest.raises(Refused, match=f"{size} bytes"):
            byte_range(header, size)
    assert byte_range("bytes=-99", 10) == (0, 9)


def test_links_hold_what_they_promise(running, clip):
    url = clip[0]["video.mp4"]["url"]
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert time.time() < int(query["exp"]) <= time.time() + 86_400 + 3600
    cache = httpx2.get(url, timeout=60).headers["cache-control"]
    assert re.fullmatch(r"public, max-age=\d+", cache)
    bare = url.split("?")[0]
    for exp, sig in [
        (query["exp"], query["sig"][:-1] + ("0" if query["sig"][-1] != "0" else "1")),
        (str(int(query["exp"]) + 1), query["sig"]),
        ("x", query["sig"]),
        ("", ""),
        (query["exp"], ""),
        (query["exp"], "\u00e4"),
        ("9" * 40, query["sig"]),
    ]:
        assert httpx2.get(bare, params={"exp": exp, "sig": sig}, timeout=60).status_code == 403
    assert httpx2.get(url.replace("video.mp4", "poster.webp"), timeout=60).status_code == 403
    for path in ("/media/../../etc/passwd", "/media/%2e%2e/%2e%2e/phonofilm.db", "/media/phonofilm.db", "/media//"):
        assert httpx2.get(running.base + path, timeout=60).status_code in (403, 404)


def test_a_link_ends(tmp_path):
    server, stop = start(tmp_path, link_seconds=2)
    try:
        with server.client() as client:
            got = finished(
                client,
                client.post("/v1/generations", json={"prompt": "A red ball", "model": "fake", "duration": 4}).json()[
                    "id"
                ],
            )
            url = got["outputs"][0]["url"]
            assert httpx2.get(url, timeout=60).status_code == 200
            time.sleep(3.1)
            answer = httpx2.get(url, timeout=60)
            assert answer.status_code == 403 and answer.json()["error"]["code"] == "expired"
            assert (
                httpx2.get(
                    client.get(f"/v1/generations/{got['id']}").json()["outputs"][0]["url"], timeout=60
                ).status_code
                == 200
            )
    finally:
        stop()


def test_a_playlist_hands_its_signature_on(clip):
    files = clip[0]
    master = files["hls/master.m3u8"]["url"]
    answer = httpx2.get(master, timeout=60)
    assert answer.headers["content-type"] == "application/vnd.apple.mpegurl" and answer.text.startswith("#EXTM3U")
    rungs = [urljoin(master, line) for line in answer.text.splitlines() if line and not line.startswith("#")]
    assert len(rungs) == 2
    for rung in rungs:
        listed = httpx2.get(rung, timeout=60)
        assert listed.status_code == 200, rung
        parts = [urljoin(rung, line) for line in listed.text.splitlines() if line and not line.startswith("#")]
        parts += [urljoin(rung, found) for found in re.findall(r'URI="([^"]+)"', listed.text)]
        assert len(parts) >= 2
        for part in parts:
            got = httpx2.get(part, timeout=60)
            assert got.status_code == 200 and len(got.content) > 100, part
            assert httpx2.get(part.split("?")[0], timeout=60).status_code == 403


def test_every_file_is_what_it_says(clip):
    types = {
        ".mp4": "video/mp4",
        ".vtt": "text/vtt; charset=utf-8",
        ".webp": "image/webp",
        ".png": "image/png",
        ".jpg": "image/jpeg",
    }
    seen = set()
    for name, file in clip[0].items():
        ending = "." + name.rpartition(".")[2]
        if ending in types:
            seen.add(ending)
            answer = httpx2.get(file["url"], timeout=60)
            assert (
                answer.headers["content-type"] == types[ending]
                and answer.headers["x-content-type-options"] == "nosniff"
            )
            assert len(answer.content) == file["bytes"]
    assert {".mp4", ".webp", ".png"} <= seen
