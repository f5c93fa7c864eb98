"""Signed provenance: C2PA's own reader calls it valid, any change breaks it, inputs keep their own, and nothing is
fetched to check it."""

import io
import json
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import c2pa
import numpy as np
import pytest
from PIL import Image

from phonofilm.errors import MediaError, RequestError
from phonofilm.media.video import write_clip
from phonofilm.trust import profile as profiles
from phonofilm.trust.certificates import Signer, trust
from phonofilm.trust.provenance import LABEL, Ingredient, Manifest, read, sign

CREATED = 1_795_212_345.0


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def signer(home):
    return Signer.development(home)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(5)
    write_clip(
        folder / "clip.mp4",
        (rng.integers(0, 255, (64, 96, 3), np.uint8) for _ in range(24)),
        rng.normal(0, 0.1, (2, 24_000)).astype(np.float32),
        metadata={"title": "x"},
    )
    for name in ("still.png", "still.jpg", "still.webp"):
        Image.fromarray(rng.integers(0, 255, (48, 64, 3), np.uint8)).save(folder / name)
    return folder


def _manifest(**changes):
    return Manifest(
        **{
            "job": "gen_01abc",
            "engine": "animatic",
            "model_version": "0.1.0",
            "created": CREATED,
            "prompt_hash": "ab" * 32,
            "watermark": 0x4F00C2A917,
        }
        | changes
    )


def _outside(path, form="video/mp4"):
    """What C2PA's own reader says, asked without any of our settings."""
    with path.open("rb") as file, c2pa.Reader(form, file) as reader:
        return json.loads(reader.json())


@pytest.mark.parametrize(
    ("name", "form"),
    [("clip.mp4", "video/mp4"), ("still.png", "image/png"), ("still.jpg", "image/jpeg"), ("still.webp", "image/webp")],
)
def test_an_outside_reader_calls_it_valid(folder, tmp_path, signer, name, form):
    side = sign(folder / name, tmp_path / name, _manifest(), signer)
    store = _outside(tmp_path / name, form)
    assert store["validation_state"] == "Valid"
    assert {item["code"] for item in store.get("validation_status", [])} <= {"signingCredential.untrusted"}
    assert 1000 < len(side) < 40_000 and (tmp_path / name).stat().st_size - (folder / name).stat().st_size < 12_000
    assert read(tmp_path / name, anchors=signer.anchors).state == "trusted" and read(tmp_path / name).state == "valid"
    assert read(folder / name).state == "none"


def test_the_manifest_says_what_the_rules_ask_for(folder, tmp_path, signer):
    sign(folder / "clip.mp4", tmp_path / "s.mp4", _manifest(profile="us-ca", provider="Example Films"), signer)
    active = next(iter(_outside(tmp_path / "s.mp4")["manifests"].values()))
    said = {item["label"]: item["data"] for item in active["assertions"]}
    created = said["c2pa.actions.v2"]["actions"][0]
    assert created["action"] == "c2pa.created" and created["digitalSourceType"].endswith("/trainedAlgorithmicMedia")
    assert (
        created["softwareAgent"] == {"name": "Phonofilm animatic", "version": "0.1.0"}
        and created["when"] == "2026-11-20T22:05:45Z"
    )
    assert {
        key: said[LABEL][key] for key in ("provider", "system", "time", "id", "engine", "model_version", "profile")
    } == {
        "provider": "Example Films",
        "system": "Phonofilm",
        "time": "2026-11-20T22:05:45Z",
        "id": "gen_01abc",
        "engine": "animatic",
        "model_version": "0.1.0",
        "profile": "us-ca",
    }
    assert said[LABEL]["version"] and said[LABEL]["prompt_sha256"] == "ab" * 32
    assert set(said["cawg.training-mining"]["entries"]) >= {"cawg.ai_generative_training", "cawg.data_mining"}
    assert said["c2pa.soft-binding"]["blocks"][0]["value"] == "4f00c2a917"
    told = read(tmp_path / "s.mp4")
    assert (told.job, told.engine, told.watermark, told.source_type, told.is_generated) == (
        "gen_01abc",
        "animatic",
        0x4F00C2A917,
        "trainedAlgorithmicMedia",
        True,
    )
    assert told.summary()["state"] == "valid" and json.dumps(told.summary())


def test_any_change_breaks_it(folder, tmp_path, signer):
    sign(folder / "clip.mp4", tmp_path / "s.mp4", _manifest(), signer)
    data = (tmp_path / "s.mp4").read_bytes()
    rng = np.random.default_rng(2)
    start = data.index(b"mdat") + 8
    for at in rng.integers(start, len(data) - 1, 12):
        changed = bytearray(data)
        changed[at] ^= 1
        (tmp_path / "t.mp4").write_bytes(changed)
        told = read(tmp_path / "t.mp4", anchors=signer.anchors)
        assert told.state == "invalid" and told.problems and not told.is_generated
    claim = data.replace(b"gen_01abc", b"gen_01abd")
    assert claim != data
    (tmp_path / "t.mp4").write_bytes(claim)
    assert read(tmp_path / "t.mp4", anchors=signer.anchors).state == "invalid"


def test_a_remux_leaves_nothing_and_that_is_said(folder, tmp_path, signer):
    sign(folder / "clip.mp4", tmp_path / "s.mp4", _manifest(), signer)
    with av.open(str(tmp_path / "s.mp4")) as given, av.open(str(tmp_path / "r.mp4"), "w") as made:
        streams = {stream.index: made.add_stream_from_template(stream) for stream in given.streams}
        for packet in given.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                made.mux(packet)
    assert read(tmp_path / "r.mp4").state == "none"


def test_inputs_keep_their_own_manifests(folder, tmp_path, signer):
    sign(folder / "still.png", tmp_path / "signed.png", _manifest(job="gen_earlier", engine="native"), signer)
    sign(folder / "clip.mp4", tmp_path / "source.mp4", _manifest(job="gen_source"), signer)
    ingredients = (
        Ingredient(path=tmp_path / "signed.png", title="image1"),
        Ingredient(path=folder / "still.jpg", title="image2"),
        Ingredient(path=tmp_path / "source.mp4", title="source", is_parent=True),
    )
    sign(folder / "clip.mp4", tmp_path / "s.mp4", _manifest(job="gen_new", ingredients=ingredients), signer)
    told = read(tmp_path / "s.mp4", anchors=signer.anchors)
    assert (
        told.state == "trusted" and told.job == "gen_new" and told.source_type == "compositeWithTrainedAlgorithmicMedia"
    )
    assert [(item["title"], item["relationship"], item["has_manifest"]) for item in told.ingredients] == [
        ("image1", "componentOf", True),
        ("image2", "componentOf", False),
        ("source", "parentOf", True),
    ]
    store = _outside(tmp_path / "s.mp4")
    jobs = {
        item["data"]["id"]
        for manifest in store["manifests"].values()
        for item in manifest["assertions"]
        if item["label"] == LABEL
    }
    assert jobs == {"gen_new", "gen_earlier", "gen_source"} and store["validation_state"] == "Valid"
    actions = next(
        item["data"]["actions"]
        for item in store["manifests"][store["active_manifest"]]["assertions"]
        if item["label"] == "c2pa.actions.v2"
    )
    assert [action["action"] for action in actions] == ["c2pa.opened", "c2pa.edited", "c2pa.placed", "c2pa.watermarked"]


def test_metadata_survives_signing_and_signing_in_place_works(folder, tmp_path, signer):
    path = tmp_path / "clip.mp4"
    rules = profiles.profile("cn")
    from phonofilm.media.packaging.package import package

    made = package(
        folder / "clip.mp4",
        tmp_path / "p",
        hls=False,
        stills=False,
        metadata=rules.metadata(provider="Example Films", job="gen_1"),
    )
    made.file("video.mp4").path.rename(path)
    sign(path, path, _manifest(), signer)
    assert read(path).state == "valid" and [item.name for item in tmp_path.glob(".*")] == []
    with av.open(str(path)) as container:
        label = json.loads(container.metadata["AIGC"])
        assert sum(1 for _ in container.decode(container.streams.video[0])) == 24
    assert label == {
        "Label": "1",
        "ContentProducer": "Example Films",
        "ProduceID": "gen_1",
        "ReservedCode1": "",
        "ContentPropagator": "Example Films",
        "PropagateID": "gen_1",
        "ReservedCode2": "",
    }


def test_strangers_certificates_are_valid_but_not_trusted(folder, tmp_path, signer, tmp_path_factory):
    other = Signer.development(tmp_path_factory.mktemp("other"))
    sign(folder / "clip.mp4", tmp_path / "s.mp4", _manifest(), other)
    assert (
        read(tmp_path / "s.mp4", anchors=signer.anchors).state == "valid"
        and read(tmp_path / "s.mp4", anchors=other.anchors).state == "trusted"
    )


def test_files_that_are_no_media(tmp_path):
    for content in (b"", b"hello", b"PK\x03\x04"):
        (tmp_path / "x.mp4").write_bytes(content)
        with pytest.raises(MediaError):
            read(tmp_path / "x.mp4")
    with pytest.raises(MediaError, match="cannot be read"):
        read(tmp_path / "missing.mp4")
    (tmp_path / "x.mp4").write_bytes(b"\0\0\0\x18ftypisom\0\0\0\0isomisom" + os.urandom(500))
    assert read(tmp_path / "x.mp4").state in ("none", "invalid")


def test_what_cannot_be_signed_is_said_and_leaves_nothing(folder, tmp_path, signer):
    with pytest.raises(MediaError, match="cannot carry"):
        sign(folder / "clip.mp4", tmp_path / "x.webm", _manifest(), signer)
    (tmp_path / "bad.mp4").write_bytes(b"not a clip")
    with pytest.raises(MediaError, match="could not be signed"):
        sign(tmp_path / "bad.mp4", tmp_path / "out.mp4", _manifest(), signer)
    assert {path.name for path in tmp_path.iterdir()} == {"bad.mp4"}


def test_the_development_certificate_is_made_once_and_its_key_is_private(home, signer):
    again = Signer.development(home)
    assert again == signer and signer.is_development
    assert stat.S_IMODE((home / "certificates" / "signer.key").stat().st_mode) == 0o600
    assert "PRIVATE" not in repr(signer) and "BEGIN" not in str(signer)
    assert [path.name for path in home.iterdir()] == ["certificates"]


def test_processes_that_start_at_once_agree(tmp_path):
    code = (
        "import sys, hashlib; from phonofilm.trust.certificates import Signer; s = Signer.development(sys.argv[1]);"
        " print(hashlib.sha256(s.chain + s.key).hexdigest())"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert len({process.communicate(timeout=120)[0] for process in running}) == 1 and all(
        process.returncode == 0 for process in running
    )
    assert [path.name for path in tmp_path.iterdir()] == ["certificates"]


def _own(tmp_path, kind):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    made = {
        "es384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
        "ps256": lambda: rsa.generate_private_key(65537, 2048),
    }[kind]()
    ca, leaf = _chain(made)
    pem = serialization.Encoding.PEM
    (tmp_path / "chain.pem").write_bytes(leaf.public_bytes(pem) + ca.public_bytes(pem))
    (tmp_path / "ca.pem").write_bytes(ca.public_bytes(pem))
    (tmp_path / "key.pem").write_bytes(
        made.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return tmp_path / "chain.pem", tmp_path / "key.pem"


def _chain(key):
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    root, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    names = [
        x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example Films"),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )
        for name in ("Example CA", "Example signer")
    ]
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    out = []
    for subject, public, is_ca in ((names[0], root.public_key(), True), (names[1], key.public_key(), False)):
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(names[0])
            .public_key(public)
            .serial_number(x509.random_serial_number())
        )
        builder = (
            builder.not_valid_before(now - timedelta(1))
            .not_valid_after(now + timedelta(30))
            .add_extension(x509.BasicConstraints(is_ca, None), True)
        )
        builder = builder.add_extension(
            x509.KeyUsage(digital_signature=not is_ca, key_cert_sign=is_ca, crl_sign=is_ca, **usage), True
        )
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False).add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), False
        )
        if not is_ca:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
        out.append(builder.sign(root, hashes.SHA256()))
    return out


@pytest.mark.parametrize("kind", ["es384", "ed25519", "ps256"])
def test_an_own_certificate_signs(folder, tmp_path, kind):
    chain, key = _own(tmp_path, kind)
    own = Signer.load(chain, key, anchors=tmp_path / "ca.pem")
    assert own.algorithm == kind and not own.is_development and "Example signer" in own.subject()
    sign(folder / "clip.mp4", tmp_path / "s.mp4", _manifest(), own)
    told = read(tmp_path / "s.mp4", anchors=own.anchors)
    assert told.state == "trusted" and told.signed_by == "Example signer"


def test_an_operators_certificate_is_trusted_by_his_own_reader(folder, tmp_path):
    """By the authorities he names, without those by its own chain: then what the same authority signs for others is
    whole, but not ours."""
    chain, key = _own(tmp_path, "es384")
    home = tmp_path / "home"
    development = Signer.development(home)
    sign(folder / "still.png", tmp_path / "s.png", _manifest(), Signer.load(chain, key))
    for given in (None, tmp_path / "ca.pem"):
        trusted = trust(home, chain, given)
        told = read(tmp_path / "s.png", anchors=trusted.anchors)
        assert told.state == "trusted" and trusted.is_ours(told.serial)
        assert trusted.is_ours("12345") == (given is not None)
    assert read(tmp_path / "s.png", anchors=trust(home).anchors).state == "valid"
    sign(folder / "still.png", tmp_path / "d.png", _manifest(), development)
    old = read(tmp_path / "d.png", anchors=trust(home, chain).anchors)
    assert old.state == "trusted" and trust(home, chain).is_ours(old.serial)
    for path, words in ((tmp_path / "no.pem", "cannot be read"), (folder / "still.png", "PEM")):
        with pytest.raises(RequestError, match=f"certificate_anchors.*{words}"):
            trust(home, chain, path)


def test_an_ended_certificate_has_its_own_words(tmp_path, capsys, monkeypatch):
    """The still was signed with a certificate that ended three seconds later, without a time stamp; not a pixel of it
    was changed."""
    from phonofilm.cli.main import main

    signed = Path(__file__).parent / "data" / "expired.png"
    told = read(signed)
    assert told.state == "expired" and told.is_generated and told.job == "gen_1"
    data = bytearray(signed.read_bytes())
    data[-20] ^= 1
    (tmp_path / "changed.png").write_bytes(data)
    assert read(tmp_path / "changed.png").state == "invalid"
    monkeypatch.setenv("PHONOFILM_HOME", str(tmp_path / "home"))
    assert main(["verify", str(signed)]) == 0
    assert "unchanged, but the certificate has ended" in capsys.readouterr().out


def test_a_time_stamping_service_is_asked_and_not_waited_for_when_it_fails(folder, tmp_path, caplog):
    asked = []

    class Broken(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.headers.get("Content-Type"))
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(500)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Broken)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        chain, key = _own(tmp_path, "es384")
        own = Signer.load(chain, key, anchors=tmp_path / "ca.pem", timestamps=f"http://127.0.0.1:{server.server_port}")
        sign(folder / "still.png", tmp_path / "s.png", _manifest(), own)
    finally:
        server.shutdown()
        server.server_close()
    assert asked and asked[0] == "application/timestamp-query" and "no time stamp" in caplog.text
    assert read(tmp_path / "s.png", anchors=own.anchors).state == "trusted"


def test_settings_reach_the_signer(tmp_path):
    from phonofilm.jobs.tools import Tools
    from phonofilm.server.settings import Settings

    chain, key = _own(tmp_path, "es384")
    said = {
        "certificate": chain,
        "certificate_key": key,
        "certificate_anchors": tmp_path / "ca.pem",
        "timestamps": "http://stamps.example.com/tsa",
    }
    tools = Tools(Settings(home=tmp_path / "home", **said).config(), None, None)
    assert (
        tools.signer.timestamps == "http://stamps.example.com/tsa"
        and tools.signer.anchors == (tmp_path / "ca.pem").read_bytes()
    )
    assert tools.trust.is_ours("1") and tools.trust.anchors.strip() == (tmp_path / "ca.pem").read_bytes().strip()
    with pytest.raises(ValueError, match="timestamps"):
        Settings(home=tmp_path / "home", timestamps="ftp://x")


def test_the_theatre_marks_and_signs_as_every_other(tmp_path, capsys, monkeypatch):
    from phonofilm.cli.main import main

    monkeypatch.setenv("PHONOFILM_HOME", str(tmp_path / "home"))
    assert (
        main(
            [
                "theatre",
                "A red ball bounces in the meadow.",
                "--duration",
                "4",
                "--out",
                str(tmp_path / "c.mp4"),
                "--truth",
                str(tmp_path / "t.json"),
            ]
        )
        == 0
    )
    assert json.loads((tmp_path / "t.json").read_text())
    told = read(tmp_path / "c.mp4", anchors=trust(tmp_path / "home").anchors)
    assert told.state == "trusted" and told.is_generated and told.engine == "animatic" and told.watermark
    assert main(["theatre", "How to build a bomb, step by step.", "--out", str(tmp_path / "no.mp4")]) == 2
    assert not (tmp_path / "no.mp4").exists() and "policy" in capsys.readouterr().err


def test_certificates_that_do_not_fit_are_named(tmp_path, home):
    chain, key = _own(tmp_path, "es384")
    for pair, words in (
        ((chain, home / "certificates" / "signer.key"), "belongs to another"),
        ((chain, chain), "PEM"),
        ((key, key), "PEM"),
        ((tmp_path / "no", key), "cannot be read"),
    ):
        with pytest.raises(RequestError, match=words):
            Signer.load(*pair)


def test_profiles_say_what_a_request_may_turn_off():
    assert set(profiles.PROFILES) == {"eu", "cn", "us-ca", "none"}
    for name, rules in profiles.PROFILES.items():
        assert rules.sign and rules.watermark and rules.name == name
        shown, off = rules.label_for(None), rules.label_for(False)
        assert (shown is None) == (name == "none") and rules.label_for(True) is not None
        assert (off is None) == rules.may_turn_off_label and bool(
            rules.refuses_turning_off()
        ) != rules.may_turn_off_label
        assert ("AIGC" in rules.metadata(provider="p", job="j")) == (name == "cn")
    china = profiles.profile("cn").label
    assert china.text == "AI生成" and china.height >= 0.05 and (china.seconds is None or china.seconds >= 2)
    both = profiles.strictest("eu", "cn")
    assert both.aigc and not both.may_turn_off_label and both.label == china
    with pytest.raises(RequestError, match="eu, cn"):
        profiles.profile("mars")


def test_verify_reports_everything(tmp_path, capsys, monkeypatch):
    from phonofilm.cli.main import main
    from phonofilm.media.packaging.package import package
    from phonofilm.trust.watermarks.watermark import Marker

    monkeypatch.setenv("PHONOFILM_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    key, reference = bytes(range(32)), 0x12_3456_789A
    (tmp_path / "home" / "watermark.key").write_bytes(key)
    rng = np.random.default_rng(4)
    ground = np.asarray(
        Image.fromarray(rng.integers(60, 200, (18, 32, 3), np.uint8)).resize((512, 288), Image.Resampling.BICUBIC)
    )
    tone = (0.2 * np.sin(np.cumsum(0.02 + 0.02 * rng.random(97_000))) + rng.normal(0, 0.02, 97_000)).astype(np.float32)
    raw = write_clip(tmp_path / "raw.mp4", (np.roll(ground, n, 1) for n in range(97)), tone)
    mark = Marker(key, reference)
    made = (
        package(
            raw,
            tmp_path / "p",
            mark=mark.picture,
            mark_sound=mark.sound,
            hls=False,
            stills=False,
            metadata={"comment": "a generated clip"},
        )
        .file("video.mp4")
        .path
    )
    signer = Signer.development(tmp_path / "home")
    sign(made, tmp_path / "s.mp4", _manifest(watermark=reference), signer)

    assert main(["verify", str(tmp_path / "s.mp4"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (
        told["manifest"]["state"] == "trusted"
        and told["made_here"]
        and told["metadata"]["comment"] == "a generated clip"
    )
    assert told["picture"]["reference"] == told["sound"]["reference"] == "123456789a"
    assert main(["verify", str(tmp_path / "s.mp4")]) == 0
    words = capsys.readouterr().out
    assert (
        "a signer this machine trusts" in words
        and "the mark agrees with the manifest" in words
        and "gen_01abc" in words
    )

    assert main(["verify", str(raw), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (
        told["manifest"] == {"state": "none"}
        and told["picture"] is None
        and told["sound"] is None
        and not told["made_here"]
    )
    broken = bytearray((tmp_path / "s.mp4").read_bytes())
    broken[-50] ^= 1
    (tmp_path / "b.mp4").write_bytes(broken)
    assert main(["verify", str(tmp_path / "b.mp4")]) == 1
    assert "BROKEN" in capsys.readouterr().out
    (tmp_path / "n.txt").write_text("hello")
    assert main(["verify", str(tmp_path / "n.txt")]) == 2
    assert "n.txt" in capsys.readouterr().err
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
    assert main(["verify", str(tmp_path / "a.png"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["looked_for_marks"] is False


def test_signing_is_quick(folder, tmp_path, signer):
    started = time.process_time()
    for _ in range(5):
        sign(folder / "clip.mp4", tmp_path / "s.mp4", _manifest(), signer)
    assert (time.process_time() - started) / 5 < 0.5


def test_nothing_is_fetched_to_read_a_manifest(folder, tmp_path, signer):
    """A manifest that lies elsewhere is not gone for: the file counts as unsigned or broken, and nobody is called."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.3)
    address = f"http://127.0.0.1:{server.getsockname()[1]}/manifest.c2pa"
    actions = {
        "actions": [
            {
                "action": "c2pa.created",
                "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
            }
        ]
    }
    definition = {
        "claim_generator_info": [{"name": "x", "version": "1"}],
        "title": "x",
        "format": "video/mp4",
        "assertions": [{"label": "c2pa.actions.v2", "data": actions}],
    }
    builder = c2pa.Builder(definition)
    builder.set_no_embed()
    builder.set_remote_url(address)
    info = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=signer.chain, private_key=signer.key, ta_url=None)
    out = io.BytesIO()
    with c2pa.Signer.from_info(info) as key, (folder / "clip.mp4").open("rb") as source:
        builder.sign(key, "video/mp4", source, out)
    (tmp_path / "r.mp4").write_bytes(out.getvalue())
    assert address.encode() in out.getvalue()
    assert read(tmp_path / "r.mp4").state in ("none", "invalid")
    with server, pytest.raises(TimeoutError):
        server.accept()
