"""Which engine does it, what is refused and what the refusal names; and engines by configuration."""

import json

import numpy as np
import pytest
from benchmarks.plain import run
from PIL import Image
from vendor_double import form

from phonofilm.engines import attach, route
from phonofilm.engines.base import Declined
from phonofilm.engines.offered import Engines
from phonofilm.engines.remote.ark import ArkEngine
from phonofilm.engines.remote.breaker import retry_after
from phonofilm.engines.remote.calls import Calls, Line, Unsent
from phonofilm.engines.remote.hosts import checked
from phonofilm.engines.remote.videos_api import SERVERS, VideosApiEngine
from phonofilm.errors import EngineError, MissingExtra, RequestError
from phonofilm.spec.capability import Capability
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import TASKS, Generate
from phonofilm.storage import addresses

FIRST = ("image", "first_frame")
HERE = [
    Capability(engine="native", guided=True),
    Capability(
        engine="dear",
        references=(FIRST, ("image", "reference"), ("video", "source")),
        tasks=TASKS,
        usd_per_second=0.30,
        remote=True,
        guided=False,
        strength=True,
    ),
    Capability(
        engine="cheap",
        references=(FIRST,),
        usd_per_second=0.05,
        remote=True,
        guided=False,
        max_seconds=8.0,
        resolutions=("480p", "720p"),
    ),
    Capability(engine="fake", references=(FIRST,), trial=True),
]
IMAGE = Reference(kind="image", role="first_frame", path="/x.png")


def ask(engine="auto", **more):
    return Generate(prompt="A ball", engine=engine, **more)


@pytest.mark.parametrize(
    "request_, prefer, by, expected",
    [
        (ask("native"), (), "capability", ["native"]),
        (ask(), (), "capability", ["native", "dear", "cheap"]),
        (ask(), (), "price", ["native", "cheap", "dear"]),
        (ask(references=(IMAGE,)), (), "capability", ["dear", "cheap"]),
        (ask(references=(IMAGE,)), (), "price", ["cheap", "dear"]),
        (ask(references=(IMAGE,), seconds=9), (), "price", ["dear"]),
        (ask(resolution="1080p", references=(IMAGE,)), (), "price", ["dear"]),
        (ask(), ("cheap", "dear"), "capability", ["cheap", "dear"]),
        (ask(seconds=9), ("cheap", "dear"), "capability", ["dear"]),
        (ask(steps=8), ("cheap", "native"), "capability", ["native"]),
        (ask(), ("absent", "cheap"), "capability", ["cheap"]),
        (ask("fake"), (), "capability", ["fake"]),
        (
            ask(task="edit", edit_strength=0.5, references=(Reference(kind="video", role="source"),)),
            (),
            "capability",
            ["dear"],
        ),
    ],
)
def test_the_table(request_, prefer, by, expected):
    assert route.choose(request_, HERE, prefer, by) == expected


@pytest.mark.parametrize(
    "request_, prefer, words",
    [
        (ask("native", references=(IMAGE,)), (), "native takes no image as first frame.*engine dear could do it"),
        (ask("cheap", seconds=9), (), "4 to 8 s.*engine native could do it"),
        (ask("cheap", seconds=9, references=(IMAGE,)), ("cheap", "native"), "engine dear could do it"),
        (
            ask("native", references=(Reference(kind="audio"),)),
            (),
            "no audio as reference.*no other engine here could do it either",
        ),
        (ask("nobody"), (), "no engine 'nobody' here; choose one of native, dear, cheap, fake"),
        (ask("cheap", steps=4), (), "no steps.*native could"),
        (
            ask("cheap", references=(Reference(kind="image", role="first_frame", strength=0.5),)),
            (),
            "cannot weigh.*dear could",
        ),
        (ask("dear", edit_strength=0.5), (), "no use for an edit strength"),
    ],
)
def test_refusals_name_who_could(request_, prefer, words):
    with pytest.raises(RequestError, match=words):
        route.choose(request_, HERE, prefer)


def test_an_unknown_way_of_routing():
    with pytest.raises(RequestError, match="price"):
        route.choose(ask(), HERE, by="luck")


def test_price_counts_seconds_and_pixels():
    assert route.cost(HERE[1], ask(seconds=10, resolution="720p")) == pytest.approx(3.0)
    assert route.cost(HERE[1], ask(seconds=10, resolution="1080p")) == pytest.approx(6.75)


def test_what_does_not_go_together():
    every = tuple(Reference(kind="image", role=role) for role in ("first_frame", "last_frame", "reference"))
    ark = ArkEngine().capability()
    ark.admit(ask(references=every[:2]))
    for wrong, words in (
        (every, "not both"),
        (every[1:2], "last frame only together"),
        ((Reference(kind="audio"),), "only together with a picture"),
    ):
        with pytest.raises(RequestError, match=words):
            ark.admit(ask(references=wrong))
    with pytest.raises(RequestError, match="--dur"):
        ark.admit(Generate(prompt="A ball --dur 15"))
    ark.admit(Generate(prompt="A ball -- and a durable one--duration"))


def test_families_of_models():
    def of(model):
        return ArkEngine(model=model, video_data=True).capability()

    assert (
        of("doubao-seedance-2-0-fast-260128").resolutions == ("480p", "720p")
        and "1080p" in of("doubao-seedance-2-0-260128").resolutions
    )
    assert (
        of("seedance-1-5-pro-251215").max_seconds == 12
        and ("image", "reference") not in of("seedance-1-5-pro-251215").references
    )
    assert of("dreamina-seedance-2-5-260628").tasks == TASKS and of("dreamina-seedance-2-0-260128").tasks == (
        "generate",
    )
    assert ("video", "reference") in of("ep-2026").references and (
        "video",
        "reference",
    ) not in ArkEngine().capability().references
    prices = [of(f"seedance-{name}").usd_per_second for name in ("2-0-mini", "2-0-fast", "2-0", "2-5")]
    assert prices == sorted(prices) and prices[2] == pytest.approx(7.0 * 24 * 900 / 1e6)


@pytest.fixture
def brought(tmp_path, clip):
    """A picture, a clip and a sound as checked local files."""
    Image.fromarray(np.zeros((400, 400, 3), np.uint8)).save(tmp_path / "face.png")
    (tmp_path / "voice.wav").write_bytes(b"RIFF\x24\0\0\0WAVEfmt " + bytes(28))
    return {"image": tmp_path / "face.png", "audio": tmp_path / "voice.wav", "video": clip}


def reference(brought, kind, **more):
    return Reference(kind=kind, path=str(brought[kind]), **more)


def test_references_go_as_data_under_the_names_ark_knows(brought):
    references = (
        reference(brought, "image", name="face"),
        reference(brought, "image"),
        reference(brought, "audio", name="voice"),
        reference(brought, "video"),
    )
    request = Generate(prompt="@face and @image2 speak as @voice in @video1, not as @nobody", references=references)
    body = ArkEngine(video_data=True).body(request, "t")
    assert body["content"][0]["text"] == "[Image 1] and [Image 2] speak as [Audio 1] in [Video 1], not as @nobody"
    assert [(item["type"], item["role"]) for item in body["content"][1:]] == [
        ("image_url", "reference_image"),
        ("image_url", "reference_image"),
        ("audio_url", "reference_audio"),
        ("video_url", "reference_video"),
    ]
    assert body["content"][1]["image_url"]["url"].startswith("data:image/png;base64,iVBOR")
    assert body["content"][4]["video_url"]["url"].startswith("data:video/mp4;base64,")
    published = ArkEngine(publish=lambda path: f"https://files.example/{path.name}").body(request, "t")
    assert published["content"][4]["video_url"]["url"] == "https://files.example/clip.mp4"
    frames = ArkEngine().body(
        ask(
            references=(reference(brought, "image", role="first_frame"), reference(brought, "image", role="last_frame"))
        ),
        "t",
    )
    assert [item["role"] for item in frames["content"][1:]] == ["first_frame", "last_frame"]


def test_edits_and_extensions_are_named_as_such(brought):
    engine = ArkEngine(model="dreamina-seedance-2-5-260628", video_data=True)
    edit = engine.body(ask(task="edit", references=(reference(brought, "video", role="source"),)), "t")
    assert (edit["omni_reference_task_type"], edit["ratio"], edit["duration"]) == ("edit", "adaptive", -1)
    extend = engine.body(ask(task="extend", seconds=6, references=(reference(brought, "video", role="source"),)), "t")
    assert (extend["omni_reference_task_type"], extend["duration"]) == ("extend", 6)


def test_references_that_are_not_what_they_say(brought, tmp_path):
    (tmp_path / "page.png").write_bytes(b"<html>")
    for wrong, kind, words in (
        (Reference(kind="image", path=str(tmp_path / "page.png"), name="a"), RequestError, "@a is no image"),
        (Reference(kind="image", path=str(brought["video"])), RequestError, "video/mp4"),
        (Reference(kind="image", path=str(tmp_path / "absent.png")), EngineError, "cannot be read"),
        (Reference(kind="image", url="https://a.example/x.png"), EngineError, "not been fetched"),
    ):
        with pytest.raises(kind, match=words):
            attach.data_url(wrong, 1 << 20)
    with pytest.raises(RequestError, match="larger than 0 MB"):
        attach.data_url(reference(brought, "image"), 10)


def sent(double, server, request, **more):
    engine = VideosApiEngine("farm", base_url=double.videos, server=server, model="m", **more)
    engine.submit(request, "tag")
    engine.close()
    _, _, headers, body = double.calls("POST")[-1]
    return json.loads(body) if headers["content-type"] == "application/json" else form(headers["content-type"], body)


def test_every_kind_of_server_is_told_what_it_reads(double, brought):
    silent = ask(seconds=4, seed=7, steps=9, guidance=2.5, sound=False)
    assert sent(double, "sglang", silent) == {
        "prompt": "A ball",
        "model": "m",
        "seconds": 4,
        "size": "854x480",
        "num_frames": 97,
        "fps": 24,
        "seed": 7,
        "num_inference_steps": 9,
        "guidance_scale": 2.5,
    }
    assert sent(double, "vllm-omni", silent) == {
        "prompt": "A ball",
        "model": "m",
        "seconds": "4",
        "width": "854",
        "height": "480",
        "num_frames": "97",
        "fps": "24",
        "seed": "7",
        "num_inference_steps": "9",
        "guidance_scale": "2.5",
    }
    assert sent(double, "openai", ask(seconds=8, resolution="720p")) == {
        "prompt": "A ball",
        "model": "m",
        "seconds": "8",
        "size": "1280x720",
    }
    assert sent(double, "litellm", ask(seconds=5))["seconds"] == "5"
    ours = sent(double, "phonofilm", ask(seconds=4.5, seed=3, sound=False))
    assert (ours["seconds"], ours["seed"], ours["generate_audio"]) == ("4.5", 3, False)
    framed = sent(
        double, "sglang", ask(seconds=4, sound=False, references=(reference(brought, "image", role="first_frame"),))
    )
    name, kind, data = framed["input_reference"]
    assert (name, kind, data) == ("first_frame.png", "image/png", brought["image"].read_bytes()) and framed[
        "num_frames"
    ] == "97"


@pytest.mark.parametrize(
    "server, wrong",
    [("openai", ask(seconds=5, resolution="720p")), ("openai", ask(seconds=4)), ("sglang", ask(seconds=4)),
        ("sglang", ask(seconds=4.5, sound=False)),
     ("litellm", ask(seconds=4, steps=3)), ("vllm-omni", ask(seconds=4, sound=False,
             references=(Reference(kind="image"),)))],
)  # fmt: skip
def test_what_a_server_cannot_be_told_is_refused(double, server, wrong):
    with pytest.raises(RequestError):
        sent(double, server, wrong)
    assert not double.seen


def test_the_operator_knows_his_model_better(double):
    assert sent(double, "sglang", ask(seconds=4), adjust={"sound": True})["seconds"] == 4
    with pytest.raises(RequestError, match="choose one of openai"):
        VideosApiEngine(base_url="http://x", server="telex")
    assert set(SERVERS) == {"openai", "litellm", "sglang", "vllm-omni", "phonofilm"}


@pytest.mark.parametrize(
    "url, base, fine",
    [
        ("https://93.184.216.34/a.mp4", "https://ark.example/api", True),
        ("http://93.184.216.34/a.mp4", "https://ark.example/api", False),
        ("https://127.0.0.1/a.mp4", "https://ark.example/api", False),
        ("https://169.254.169.254/latest", "https://ark.example/api", False),
        ("https://[::1]/a.mp4", "https://ark.example/api", False),
        ("https://10.0.0.8/a.mp4", "https://ark.example/api", False),
        ("file:///etc/passwd", "https://ark.example/api", False),
        ("http://10.0.0.7:9000/a.mp4", "http://10.0.0.7:30000/v1", True),
        ("http://10.0.0.8/a.mp4", "http://10.0.0.7:30000/v1", False),
        ("https://100.64.0.1/a.mp4", "https://ark.example/api", False),
        ("https://168.63.129.16/a.mp4", "https://ark.example/api", False),
        ("https://[64:ff9b::7f00:1]/a.mp4", "https://ark.example/api", False),
        ("https://[::ffff:10.0.0.8]/a.mp4", "https://ark.example/api", False),
        ("https://224.0.0.1/a.mp4", "https://ark.example/api", False),
        ("https://[/a.mp4", "https://ark.example/api", False),
        ("https://93.184.216.34:x/a.mp4", "https://ark.example/api", False),
    ],
)
def test_a_vendor_does_not_send_us_into_our_own_network(url, base, fine):
    if fine:
        checked(url, base)
    else:
        with pytest.raises(Declined):
            checked(url, base)


def test_a_vendors_host_is_looked_up_once(monkeypatch):
    """Whatever a name server says later, the connection goes to the address that was checked, under the name that was
    asked for."""
    answers = [["93.184.216.34"], ["10.0.0.8"]]
    monkeypatch.setattr(addresses, "_resolve", lambda host, port: answers.pop(0))
    way = checked("https://files.example:8443/a.mp4?x=1", "https://ark.example/api")
    assert way.url == "https://93.184.216.34:8443/a.mp4?x=1"
    assert (way.headers, way.extensions) == ({"host": "files.example:8443"}, {"sni_hostname": "files.example"})
    with pytest.raises(Declined, match="private"):
        checked("https://files.example/a.mp4", "https://ark.example/api")


def test_a_host_nobody_knows_is_not_asked(monkeypatch, tmp_path):
    """It may be known, and be one of ours, a moment later: the question is asked again, not the connection tried."""

    def unknown(host, port):
        raise OSError("unknown")

    monkeypatch.setattr(addresses, "_resolve", unknown)
    with pytest.raises(Unsent, match="not known"):
        Calls("https://ark.example/api", "", Line()).download("https://files.example/a.mp4", tmp_path / "a.mp4")


@pytest.mark.parametrize(
    "headers, expected",
    [
        ({"retry-after": "7"}, 7), ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT"}, 30), ({"retry-after": "-5"}, None),
        ({"retry-after": "99999"}, 600), ({}, None), ({"retry-after": "soon"}, None),
        ({"retry-after": "Wed, 21 Oct 2020 07:28:00 GMT"}, 0),
    ],
)  # fmt: skip
def test_how_long_a_vendor_asks_us_to_wait(headers, expected):
    assert retry_after(headers, wall=lambda: 1792567680.0) == expected


class TestConfigured:
    """Engines by configuration."""

    def test_several_of_a_kind_with_their_keys(self, monkeypatch, tmp_path):
        monkeypatch.setenv("EAST_KEY", "east-secret\n")
        (tmp_path / "west").write_text("west-secret\n")
        engines = Engines(
            [
                {
                    "name": "east",
                    "kind": "ark",
                    "key_env": "EAST_KEY",
                    "model": "doubao-seedance-2-0-260128",
                    "line": {"read": 9.0},
                },
                {"name": "west", "kind": "ark", "key_file": tmp_path / "west", "adjust": {"usd_per_second": 0.01}},
                {"name": "farm", "kind": "videos_api", "base_url": "http://10.0.0.7/v1", "server": "sglang"},
            ],
            only=["fake"],
        )
        assert engines.names() == ("fake", "east", "west", "farm")
        assert [c.engine for c in engines.capabilities()] == ["fake", "east", "west", "farm"]
        assert (
            engines.get("east").calls.headers() == {"authorization": "Bearer east-secret"}
            and engines.get("east").line.read == 9.0
        )
        assert (
            engines.get("west").calls.headers() == {"authorization": "Bearer west-secret"}
            and engines.get("west").capability().usd_per_second == 0.01
        )
        assert engines.get("east") is engines.get("east") and "secret" not in repr(engines.get("east"))
        engines.close()

    @pytest.mark.parametrize(
        "entry, words",
        [
            ({"kind": "ark"}, "has no name"),
            ({"name": "a", "kind": "telex"}, "there is no kind 'telex'"),
            ({"name": "a", "kind": "ark", "colour": "red"}, "no setting 'colour'"),
            ({"name": "a", "kind": "videos_api"}, "base_url"),
            ({"name": "a", "kind": "ark", "key_env": "NOT_SET_ANYWHERE"}, "NOT_SET_ANYWHERE"),
            ({"name": "a", "kind": "ark", "key_file": "/nowhere"}, "key_file"),
            ({"name": "a", "kind": "diffusers", "model": "/m"}, "there is no family 'None'"),
        ],
    )
    def test_mistakes_are_named(self, entry, words):
        with pytest.raises(RequestError, match=words):
            Engines([entry]).get("a")

    def test_an_engine_whose_package_is_absent_is_left_out(self, monkeypatch):
        monkeypatch.setitem(
            __import__("phonofilm.engines.registry", fromlist=["KINDS"]).KINDS, "ark", "package_that_is_absent:Engine"
        )
        engines = Engines([{"name": "a", "kind": "ark"}], only=["fake"])
        assert [c.engine for c in engines.capabilities()] == ["fake"]
        with pytest.raises(MissingExtra):
            engines.get("a")


class TestFakes:
    """The variants, and that they are what they say."""

    def test_they_take_everything_and_say_so(self, brought):
        references = tuple(reference(brought, kind) for kind in ("image", "video", "audio"))
        result = Engines(only=["fake"]).get("fake").generate(ask("fake", references=references))
        assert len(result.notes) == 3

    def test_the_slow_one_reports_and_can_be_cancelled(self):
        seen = []
        engine = Engines([{"name": "slow", "kind": "fake", "behaviour": "slow", "seconds": 0.2}]).get("slow")
        engine.generate(ask("slow"), progress=seen.append)
        assert [p.done for p in seen if p.stage == "denoise"] == list(range(1, 21))
        with pytest.raises(EngineError, match="cancelled"):
            engine.generate(ask("slow"), cancel=lambda: len(seen) > 5)

    def test_the_failing_one_fails_by_the_seed(self):
        engine = Engines([{"name": "flaky", "kind": "fake", "behaviour": "failing", "fails": 1, "of": 3}]).get("flaky")
        fate = []
        for seed in range(6):
            try:
                engine.generate(ask("flaky", seed=seed))
                fate.append(True)
            except EngineError:
                fate.append(False)
        assert fate == [False, True, True] * 2
        with pytest.raises(EngineError, match="told to"):
            Engines().get("fake-failing").generate(ask("fake-failing"))

    @pytest.mark.parametrize("engine", ["fake", "animatic"])
    def test_silence(self, engine, tmp_path):
        result = run(Generate(prompt="A red ball bounces", seconds=4, engine=engine, sound=False))
        assert result.sound.shape[1] == result.n_frames * result.rate // 24 and not result.sound.any()


@pytest.mark.parametrize(
    ("more", "offer", "field"),
    [
        ({"seconds": 12.0}, {"max_seconds": 8.0}, "seconds"),
        ({"seconds": 4.5}, {"step_seconds": 1.0}, "seconds"),
        ({"seconds": 5.0}, {"lengths": (4.0, 8.0)}, "seconds"),
        ({"resolution": "1080p"}, {"resolutions": ("480p",)}, "resolution"),
        ({"ratio": "1:1"}, {"ratios": ("16:9",)}, "ratio"),
        ({"steps": 9}, {"guided": False}, "steps"),
        ({"guidance": 3.0}, {"guided": False}, "guidance"),
        ({}, {"sound": False}, "sound"),
        ({"references": (Reference(kind="image", asset="asset_1"),)}, {}, "references"),
        (
            {"references": (Reference(kind="image", asset="asset_1", strength=0.5),)},
            {"references": (("image", "reference"),)},
            "references",
        ),
        ({"prompt": "A ball. --fps 30"}, {"rules": ("no_text_flags",)}, "prompt"),
        ({"engine": "nobody"}, {}, "model"),
    ],
)
def test_a_refusal_knows_its_field_where_it_is_raised(more, offer, field):
    request = Generate(**{"prompt": "A ball.", "engine": "one", **more})
    with pytest.raises(RequestError) as refused:
        route.choose(request, [Capability(engine="one", **offer)])
    assert refused.value.field == field
