"""Files on their way in: good ones, cut ones, lying ones, huge ones."""

import base64
import io
import socket
import struct
import zlib

import httpx2
import numpy as np
import pytest
from PIL import Image

from .conftest import finished, start


def png(width, height):
    """A picture that says it is of this size and holds one row: a bomb where the size is great."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


def wav(seconds):
    rate = 8000
    data = (np.sin(np.arange(int(rate * seconds)) * 0.3) * 9000).astype("<i2").tobytes()
    return (
        b"RIFF"
        + struct.pack("<I", 36 + len(data))
        + b"WAVEfmt "
        + struct.pack("<IHHIIHH", 16, 1, 1, rate, rate * 2, 2, 16)
        + b"data"
        + struct.pack("<I", len(data))
        + data
    )


def test_a_picture_comes_in_and_goes_out(idle, picture):
    with idle.client() as client:
        answer = client.post(
            "/v1/assets", files={"file": ("../../beach.png", picture.open("rb"))}, data={"person": "false"}
        )
        assert answer.status_code == 201, answer.text
        asset = answer.json()
        assert (asset["kind"], asset["content_type"], asset["width"], asset["height"], asset["person"]) == (
            "image",
            "image/png",
            640,
            360,
            False,
        )
        assert asset["bytes"] == picture.stat().st_size and asset["state"] == "ready" and "/" not in asset["name"]
        got = httpx2.get(asset["url"], timeout=60)
        assert got.content == picture.read_bytes() and got.headers["content-type"] == "image/png"
        assert client.get(f"/v1/assets/{asset['id']}").json()["sha256"] == asset["sha256"]
        assert asset["id"] in [one["id"] for one in client.get("/v1/assets").json()["data"]]
        assert client.delete(f"/v1/assets/{asset['id']}").json() == {"id": asset["id"], "deleted": True}
        assert client.get(f"/v1/assets/{asset['id']}").status_code in (404, 410)
        assert httpx2.get(asset["url"], timeout=60).status_code == 404


def test_sound_and_data_uris(idle, picture):
    with idle.client() as client:
        answer = client.post(
            "/v1/assets", files={"file": ("voice.wav", wav(3))}, data={"kind": "audio", "person": "false"}
        )
        assert answer.status_code == 201 and answer.json()["seconds"] == pytest.approx(3, abs=0.1)
        uri = "data:image/png;base64," + base64.b64encode(picture.read_bytes()).decode()
        answer = client.post("/v1/assets", json={"url": uri, "person": False})
        assert answer.status_code == 201 and answer.json()["width"] == 640


def test_what_is_no_good_is_refused_by_name(idle, picture):
    whole = picture.read_bytes()
    cases = {
        "truncated": (whole[: len(whole) // 2], {}), "empty": (b"", {}), "text": (b"hello" * 100, {}),
        "lying": (b"\x89PNG\r\n\x1a\n" + b"x" * 5000, {}),
        "html": (b"<html><script>alert(1)</script></html>", {}),
        "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", {}), "bomb": (png(60_000, 60_000), {}),
        "kind": (whole, {"kind": "video"}), "zip": (b"PK\x03\x04" + b"\0" * 4000, {}), "tiny": (_picture(8, 8), {}),
        "long": (_picture(4000, 320), {}),
        "long sound": (wav(40), {}),
    }  # fmt: skip
    with idle.client() as client:
        for name, (body, fields) in cases.items():
            answer = client.post("/v1/assets", files={"file": ("x.png", body)}, data={"person": "false", **fields})
            assert 400 <= answer.status_code < 500, (name, answer.text)
            assert answer.json()["error"]["message"] and answer.json()["error"]["code"] != "internal_error", name


def _picture(width, height):
    out = io.BytesIO()
    Image.fromarray(np.zeros((height, width, 3), np.uint8)).save(out, "PNG")
    return out.getvalue()


def test_forms_that_are_none(idle, picture):
    with idle.client() as client:

        def post(body, kind="multipart/form-data; boundary=xx"):
            return client.post("/v1/assets", content=body, headers={"Content-Type": kind} if kind else {})

        head = b'--xx\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        data = picture.read_bytes()
        for body, status in [
            (head + data, 400),
            (head + data + b"\r\n--xx\r\n", 400),
            (b"", 400),
            (b"nothing", 400),
            (b"--xx--\r\n", 400),
            (b"--xx\r\nX\r\n", 400),
            (b"--xx\r\nContent-Disposition: form-data\r\n\r\na\r\n--xx--\r\n", 400),
            (head + data + b"\r\n" + head + data + b"\r\n--xx--\r\n", 400),
            (b'--xx\r\nContent-Disposition: form-data; name="person"\r\n\r\n\xff\r\n--xx--\r\n', 400),
            (b'--xx\r\nContent-Disposition: form-data; name="name"\r\n\r\n' + b"a" * 70_000 + b"\r\n--xx--\r\n", 413),
            (
                b"".join(b'--xx\r\nContent-Disposition: form-data; name="f%d"\r\n\r\na\r\n' % i for i in range(100))
                + b"--xx--\r\n",
                400,
            ),  # noqa: E501
        ]:
            answer = post(body)
            assert answer.status_code == status, (body[:60], answer.text)
        assert post(b"x", "text/plain").status_code == 415
        assert post(b"x", "multipart/form-data").status_code == 415
        assert post(b"x", "").status_code == 415
        unknown = client.post("/v1/assets", files={"file": data}, data={"persn": "false"})
        assert unknown.status_code == 400 and unknown.json()["error"]["field"] == "persn"
        assert (
            client.post("/v1/assets", files={"file": data}, data={"person": "perhaps"}).json()["error"]["field"]
            == "person"
        )
    assert list((idle.home / "scratch" / "incoming").iterdir()) == []


def test_an_upload_cut_off_leaves_nothing(idle, picture):
    host, port = idle.base.removeprefix("http://").split(":")
    body = (
        b'--xx\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + picture.read_bytes()[:2000]
    )
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(
            f"POST /v1/assets HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {idle.key}\r\nContent-Type:"
            " multipart/form-data; boundary=xx\r\nContent-Length: 500000\r\n\r\n".encode()
            + body
        )
    with idle.client() as client:
        for _ in range(100):
            if not list((idle.home / "scratch" / "incoming").iterdir()):
                break
            client.get("/livez")
        assert list((idle.home / "scratch" / "incoming").iterdir()) == []


def test_too_large_is_told_before_it_is_sent_and_while(tmp_path):
    server, stop = start(tmp_path, worker=False, max_upload=50_000, max_body=60_000)
    try:
        with server.client() as client:
            answer = client.post("/v1/assets", files={"file": b"x" * 60_000})
            assert answer.status_code == 413 and answer.json()["error"]["code"] == "too_large"
            assert client.post("/v1/assets", files={"file": b"x" * 3_000_000}).status_code == 413
    finally:
        stop()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x.png", "http://localhost:8600/x.png", "http://[::1]/x.png", "http://10.0.0.1/x.png", "http://169.254.169.254/latest/meta-data/",
        "http://0x7f000001/x.png", "http://2130706433/", "http://[::ffff:127.0.0.1]/", "file:///etc/passwd",
        "ftp://example.com/x.png", "gopher://x/", "//example.com/x",
        "data:text/html,<b>", "data:image/png;base64,!!!!", "data:", "javascript:alert(1)", "http://", "not a url",
        "http://user:pw@127.0.0.1/", "http://127.0.0.1.nip.io.invalid/x",
    ],
)  # fmt: skip
def test_addresses_inside_are_never_asked(idle, url):
    with idle.client() as client:
        answer = client.post("/v1/assets", json={"url": url})
        assert answer.status_code == 400 and answer.json()["error"]["field"] == "url", answer.text


def test_a_clip_made_here_becomes_an_asset(running, picture):
    """Without its bytes going out and in again, and with what its references said of real persons."""
    with running.client() as client, running.client(running.make_key(tenant="stranger")) as stranger:
        made = finished(
            client,
            client.post(
                "/v1/generations", json={"prompt": "A red ball bounces", "model": "fake", "duration": 4, "seed": 3}
            ).json()["id"],
        )
        clip = client.post("/v1/assets", json={"generation": made["id"]})
        assert clip.status_code == 201, clip.text
        assert (clip.json()["kind"], clip.json()["person"]) == ("video", False) and clip.json()["sha256"] == made[
            "outputs"
        ][0]["sha256"]
        still = client.post("/v1/assets", json={"generation": made["id"], "output": "last_frame.png"}).json()
        assert (still["kind"], still["width"], still["person"]) == ("image", 854, False)
        for wrong, status in (
            ({"output": "no.png"}, 404),
            ({"output": "manifest.c2pa"}, 400),
            ({"url": "https://example.com/a.png"}, 400),
        ):
            assert client.post("/v1/assets", json={"generation": made["id"], **wrong}).status_code == status
        assert stranger.post("/v1/assets", json={"generation": made["id"]}).status_code == 404

        consent = client.post("/v1/consents", json={"subject": "Ana Lopez", "scope": ["face"]}).json()["id"]
        with picture.open("rb") as file:
            person = client.post(
                "/v1/assets", files={"file": ("ana.png", file)}, data={"person": "true", "consent": consent}
            ).json()["id"]
        body = {
            "prompt": "She waves",
            "model": "fake",
            "duration": 4,
            "references": [{"kind": "image", "role": "first_frame", "asset": person}],
        }
        with_her = finished(client, client.post("/v1/generations", json=body).json()["id"])
        assert with_her["state"] == "succeeded", with_her["error"]
        again = client.post("/v1/assets", json={"generation": with_her["id"]}).json()
        assert (again["person"], again["consent"]) == (True, consent)
