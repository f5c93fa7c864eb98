"""Files are kept whole, under their keys and nowhere else: in a folder, and on a real S3 protocol server."""

import hashlib
import os
import threading
import urllib.error
import urllib.request

import pytest

from phonofilm.errors import RequestError, StorageError
from phonofilm.storage.bucket import Bucket, check_key

KEY = "main/2026/11/gen_01/video.mp4"


@pytest.fixture(scope="module")
def s3():
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    before = dict(os.environ)
    os.environ |= {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing-secret"}
    server.start()
    host, port = server.get_host_and_port()
    import boto3

    boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1").create_bucket(Bucket="clips")
    yield f"s3://clips/tenants?endpoint=http://{host}:{port}"
    server.stop()
    os.environ.clear()
    os.environ |= before


@pytest.fixture(params=["folder", "s3"])
def bucket(request, tmp_path):
    return Bucket.open((tmp_path / "a folder").as_uri() if request.param == "folder" else request.getfixturevalue("s3"))


def test_bytes_and_files_come_back_whole_and_in_parts(bucket, tmp_path):
    data = os.urandom(3_000_001)
    (tmp_path / "clip").write_bytes(data)
    stored = bucket.put(KEY, tmp_path / "clip", "video/mp4")
    assert (stored.bytes, stored.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert bucket.size(KEY) == len(data) and bucket.exists(KEY) and not bucket.exists(KEY + "x")
    assert bucket.get(KEY, tmp_path / "back").read_bytes() == data
    assert bucket.read(KEY, 1_048_570, 1_048_590) == data[1_048_570:1_048_590]
    assert bucket.read(KEY, 3_000_000) == data[-1:] and bucket.read(KEY, 5, 5) == b""
    assert bucket.read(KEY, 2_999_999, 9_999_999) == data[-2:]
    with pytest.raises(RequestError, match="outside"):
        bucket.read(KEY, 3_000_002)
    bucket.put(KEY, b"other")
    assert bucket.read(KEY) == b"other"


def test_a_prefix_is_a_whole_segment(bucket):
    for key in ("t1/a/x.mp4", "t1/a/hls/0.m4s", "t1/ab/x.mp4", "t2/a/x.mp4"):
        bucket.put(key, key.encode())
    assert sorted(stored.key for stored in bucket.list("t1/a")) == ["t1/a/hls/0.m4s", "t1/a/x.mp4"]
    assert bucket.delete_all("t1/a") == 2 and bucket.delete_all("t1/a") == 0
    assert {stored.key for stored in bucket.list("t1")} == {"t1/ab/x.mp4"} and bucket.exists("t2/a/x.mp4")
    assert bucket.delete_all("t1") == 1 and bucket.delete_all("t2") == 1


def test_what_is_not_there(bucket, tmp_path):
    assert bucket.size("nobody/knows") is None
    bucket.delete("nobody/knows")
    with pytest.raises(StorageError, match="no such file"):
        bucket.read("nobody/knows")
    with pytest.raises(StorageError, match="no such file"):
        bucket.get("nobody/knows", tmp_path / "out")
    assert list(tmp_path.glob("*out*")) == [] and list(tmp_path.glob(".*")) == []
    bucket.check()


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/a",
        "a/",
        "../a",
        "a/../b",
        "a//b",
        ".hidden",
        "a/.b",
        "a b",
        "a\\b",
        "a\0b",
        "é",
        "a/" + "x" * 300,
        "a#1",
        "a%2e",
    ],
)
def test_keys_cannot_climb_or_hide(bucket, key):
    with pytest.raises(RequestError):
        check_key(key)
    with pytest.raises(RequestError):
        bucket.put(key, b"x")


def test_a_reader_never_sees_half_a_file(tmp_path):
    bucket = Bucket.open(tmp_path.as_uri())
    whole = [bytes([n]) * 400_000 for n in range(2)]
    bucket.put("a/b", whole[0])
    seen, stop = set(), threading.Event()

    def look():
        while not stop.is_set():
            seen.add((tmp_path / "a" / "b").read_bytes())

    thread = threading.Thread(target=look)
    thread.start()
    for n in range(40):
        bucket.put("a/b", whole[n % 2])
    stop.set()
    thread.join()
    assert seen <= set(whole)


def test_a_folder_has_no_signed_urls_and_leaves_no_empty_folders(tmp_path):
    bucket = Bucket.open(tmp_path.as_uri())
    bucket.put(KEY, b"x")
    assert bucket.sign(KEY, 60) is None and bucket.local(KEY) == tmp_path / KEY
    bucket.delete_all("main/2026/11/gen_01")
    assert list(tmp_path.iterdir()) == []


def test_signed_urls_serve_the_file_with_its_type_and_only_that(s3):
    bucket = Bucket.open(s3)
    bucket.put(KEY, b"0123456789", "video/mp4")
    url = bucket.sign(KEY, 300)
    assert bucket.local(KEY) is None and "testing-secret" not in url
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"0123456789"
        assert answer.headers["Content-Type"] == "video/mp4" and "immutable" in answer.headers["Cache-Control"]
    part = urllib.request.Request(url, headers={"Range": "bytes=2-4"})
    with urllib.request.urlopen(part) as answer:
        assert (answer.status, answer.read()) == (206, b"234")
    assert "X-Amz-Expires=300" in url and "X-Amz-Expires=604800" in bucket.sign(KEY, 1e9)


def test_links_can_point_elsewhere_than_the_process_does(s3):
    bucket = Bucket.open(s3 + "&sign_endpoint=https://files.example.org")
    bucket.put(KEY, b"x")
    assert bucket.sign(KEY, 60).startswith("https://files.example.org/clips/tenants/" + KEY)


@pytest.mark.parametrize("url", ["gs://x", "s3:///x", "file://host/x", "/tmp/x", "s3://b?secret=1"])
def test_wrong_urls_are_named(url):
    with pytest.raises(RequestError):
        Bucket.open(url)


def test_a_storage_that_is_down_is_an_error_soon(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret")
    with pytest.raises(StorageError) as raised:
        Bucket.open("s3://b?endpoint=http://127.0.0.1:9").put("a/b", b"x")
    assert "very-secret" not in str(raised.value) and "check the storage" in str(raised.value)
