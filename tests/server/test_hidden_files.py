"""What is hidden is out of reach with the next request: in a folder and in a cloud bucket, by whatever link it was
given out."""

import os
import re
from urllib.parse import urljoin, urlsplit

import httpx2
import pytest

from phonofilm.jobs.moderation import takedown
from phonofilm.jobs.run import retention
from phonofilm.jobs.store.database import new_id, now
from phonofilm.jobs.store.tables import Asset, Job, Output
from phonofilm.server.files import Links
from phonofilm.server.settings import Settings

from .conftest import start

PLAYLIST = b'#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:4,\n0.m4s\n'
FILES = {
    "video.mp4": b"clip", "poster.webp": b"poster", "last_frame.png": b"still",
    "hls/master.m3u8": b"#EXTM3U\n360p/index.m3u8\n",
    "hls/360p/index.m3u8": PLAYLIST, "hls/360p/init.mp4": b"init", "hls/360p/0.m4s": b"segment",
}  # fmt: skip


@pytest.fixture(scope="module", params=["folder", "s3"])
def server(request, tmp_path_factory):
    """A server without a worker; on S3 with files of its own or, where a test says so, sent on to the bucket."""
    home = tmp_path_factory.mktemp("home")
    if request.param == "folder":
        running, stop = start(home, worker=False, visits_per_minute=0, looks_per_minute=0)
        yield running
        stop()
        return
    moto = pytest.importorskip("moto.server", reason="the S3 server is missing; install the dev extra")
    import boto3

    before = dict(os.environ)
    os.environ |= {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing-secret"}
    cloud = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    cloud.start()
    host, port = cloud.get_host_and_port()
    boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1").create_bucket(Bucket="phonofilm")
    running, stop = start(
        home,
        worker=False,
        visits_per_minute=0,
        looks_per_minute=0,
        bucket=f"s3://phonofilm/clips?endpoint=http://{host}:{port}",
    )
    yield running
    stop()
    cloud.stop()
    os.environ.clear()
    os.environ |= before


@pytest.fixture
def clip(server):
    """The id of a finished clip of the key's tenant, with every kind of file."""
    service, ident = server.app.state.service, new_id("gen")
    with service.db.session() as session:
        session.add(
            Job(
                id=ident,
                tenant="main",
                user="owner",
                dialect="native",
                state="succeeded",
                model="fake",
                engine="fake",
                request={"prompt": "a ball", "references": []},
                extra={},
                prompt_hash="0" * 64,
                seed=1,
                created=now(),
                updated=now(),
                finished=now(),
                expires=now() + 3600,
                keep_until=now() + 86_400,
                result={"seconds": 4.0},
            )
        )
        session.flush()
        for name, content in FILES.items():
            kept = service.bucket.put(f"main/2026/11/{ident}/{name}", content)
            session.add(
                Output(
                    id=new_id("out"),
                    job=ident,
                    name=name,
                    key=kept.key,
                    content_type="video/mp4",
                    bytes=kept.bytes,
                    sha256=kept.sha256,
                )
            )
    return ident


def get(url, **more):
    return httpx2.get(url, timeout=60, **more)


def every_link(server, listed):
    """Each file's link, and those the playlists hand on; all of them on our own address."""
    links = {file["name"]: file["url"] for file in listed}
    rung = urljoin(links["hls/master.m3u8"], get(links["hls/master.m3u8"]).text.splitlines()[1])
    parts = [re.search(r'URI="([^"]+)"', get(rung).text)[1], get(rung).text.splitlines()[-1]]
    found = [*links.values(), rung, *(urljoin(rung, part) for part in parts)]
    assert {urlsplit(url).netloc for url in found} == {urlsplit(server.base).netloc}, (
        "a link that the store signed cannot be taken back"
    )
    return found


def taken_down(server, clip, *, hold):
    db, bucket = server.app.state.service.db, server.app.state.service.bucket
    with db.session() as session:
        if hold:
            retention.hold(session, clip, True, actor="ops", note="court order")
        notice = takedown.notify(session, clip, "ana@example.com", "that is my face", "likeness")
    takedown.uphold(db, bucket, notice.id, "judge", "her face")


@pytest.mark.parametrize("hold", [True, False])
def test_a_clip_taken_down_is_out_of_reach_at_once(server, clip, hold):
    with server.client() as client:
        links = every_link(server, client.get(f"/v1/generations/{clip}/outputs").json())
        share = client.post(f"/v1/generations/{clip}/shares", json={}).json()["url"].rpartition("/")[2]
        links += every_link(server, get(f"{server.base}/v1/shared/{share}").json()["outputs"])
        assert len(links) >= 16 and {get(url).status_code for url in links} == {200}
        assert get(links[0]).headers["cache-control"] == "public, max-age=0", (
            "a cache on the way must ask before it hands it out again"
        )
        taken_down(server, clip, hold=hold)
        assert {get(url).status_code for url in links} == {404}
        assert {get(url, headers={"Range": "bytes=0-1"}).status_code for url in links} == {404}
        assert client.get(f"/v1/generations/{clip}/content").status_code == 404
        assert get(f"{server.base}/v1/shared/{share}").status_code == 410
    bucket = server.app.state.service.bucket
    assert {bucket.exists(f"main/2026/11/{clip}/{name}") for name in FILES} == {hold}, (
        "a hold keeps every file, and hides it"
    )


def test_a_share_taken_back_shows_nothing_and_the_owner_still_sees_all(server, clip):
    with server.client() as client:
        own = every_link(server, client.get(f"/v1/generations/{clip}/outputs").json())
        share = client.post(f"/v1/generations/{clip}/shares", json={}).json()
        other = client.post(f"/v1/generations/{clip}/shares", json={}).json()
        shown, still = (
            every_link(server, get(f"{server.base}/v1/shared/{one['url'].rpartition('/')[2]}").json()["outputs"])
            for one in (share, other)
        )
        assert {get(url).status_code for url in shown} == {200}
        client.delete(f"/v1/shares/{share['id']}")
        answers = [get(url) for url in shown]
        assert {answer.status_code for answer in answers} == {410} and "taken back" in answers[0].json()["error"][
            "message"
        ]
        assert {get(url).status_code for url in (*own, *still)} == {200}
        bare = re.sub(r"&share=[^&]+", "", shown[0])
        assert {get(bare).status_code, get(shown[0].replace(share["id"], other["id"])).status_code} == {403}, (
            "the share is part of what is signed"
        )


def test_a_blocked_upload_is_out_of_reach_at_once(server):
    service, ident = server.app.state.service, new_id("asset")
    kept = service.bucket.put(f"main/2026/11/{ident}/file.png", b"face")
    with service.db.session() as session:
        session.add(
            Asset(
                id=ident,
                tenant="main",
                user="owner",
                kind="image",
                content_type="image/png",
                bytes=4,
                sha256=kept.sha256,
                key=kept.key,
                created=now(),
                keep_until=now() + 3600,
                state="ready",
            )
        )
    with server.client() as client:
        url = client.get(f"/v1/assets/{ident}").json()["url"]
        assert get(url).content == b"face"
        with service.db.session() as session:
            session.get(Asset, ident).state = "blocked"
        assert get(url).status_code == 404 and client.get(f"/v1/assets/{ident}").json()["url"] is None


def test_an_operator_may_send_requests_on_for_seconds(server, clip):
    """Asked each time, and for no longer than set."""
    bucket = server.app.state.service.bucket
    made = Links(bucket, Settings.load(home=server.home, store_links=30))
    url = made.in_store(f"main/2026/11/{clip}/video.mp4", int(now()) + 86_400)
    assert (url is None) == (bucket.root is not None)
    if url is not None:
        assert get(url).content == b"clip" and "X-Amz-Expires=30" in url
