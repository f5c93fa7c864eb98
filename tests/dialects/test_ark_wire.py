"""The Ark dialect, rule by rule, on the wire: what may be asked for."""

import base64
import re
import time

import pytest
from ark import NULLS, SEEDANCE, TAKES_ALL, TASKS, TEXT, audio, change, create, image, made, refused, row, video


@pytest.fixture
def client(idle):
    with idle.client() as client:
        yield client


@pytest.fixture(scope="module")
def data(picture):
    return "data:image/png;base64," + base64.b64encode(picture.read_bytes()).decode()


def test_create_answers_with_an_id_and_echoes_the_safety_identifier(client):
    answer = create(client, safety_identifier="user-4711")
    assert answer.status_code == 200
    assert re.fullmatch(r"cgt-\d{14}-[a-z0-9]{26}", answer.json()["id"])
    assert answer.json() == {"id": answer.json()["id"], "safety_identifier": "user-4711"}
    assert set(create(client).json()) == {"id"}


def test_null_is_absent_and_unknown_keys_are_tolerated(client):
    task = made(client, [{**TEXT, "image_url": None, "role": None}], model=SEEDANCE, **NULLS, something_new={"a": [1]})
    assert (task["resolution"], task["ratio"], task["duration"], task["generate_audio"]) == ("720p", "16:9", 5, True)


def test_a_task_shows_what_was_asked(client, idle):
    task = made(
        client,
        resolution="480p",
        ratio="9:16",
        duration=7,
        seed=11,
        watermark=True,
        generate_audio=False,
        priority=4,
        execution_expires_after=3600,
        safety_identifier="me",
        service_tier="default",
        return_last_frame=True,
    )
    now = time.time()
    assert task.pop("id").startswith("cgt-")
    assert abs(task.pop("created_at") - now) < 60 and abs(task.pop("updated_at") - now) < 60
    assert task == {
        "model": TAKES_ALL,
        "status": "queued",
        "seed": 11,
        "resolution": "480p",
        "ratio": "9:16",
        "duration": 7,
        "framespersecond": 24,
        "service_tier": "default",
        "execution_expires_after": 3600,
        "generate_audio": False,
        "draft": False,
        "priority": 4,
        "safety_identifier": "me",
    }


def test_480p_of_2_0_has_its_own_sizes_and_2_5_has_ours(client, idle):
    from phonofilm.spec.plain import from_plain

    sizes = {}
    for model in (TAKES_ALL, "dreamina-seedance-2-5-260628"):
        for ratio in ("16:9", "9:16", "4:3", "21:9"):
            task = create(client, model=model, resolution="480p", ratio=ratio).json()["id"]
            sizes[model, ratio] = from_plain(row(idle, task).request).size
    assert [sizes[TAKES_ALL, ratio] for ratio in ("16:9", "9:16", "4:3", "21:9")] == [
        (864, 496),
        (496, 864),
        (752, 560),
        (992, 432),
    ]
    assert sizes["dreamina-seedance-2-5-260628", "16:9"] == (854, 480)


def test_text_flags_are_read_and_body_parameters_win(client, idle):
    task = made(
        client, [{"type": "text", "text": "A ball --rs 480p  --ratio 1:1 --dur 6 --seed 5 --wm true --foo bar"}]
    )
    assert (task["resolution"], task["ratio"], task["duration"], task["seed"]) == ("480p", "1:1", 6, 5)
    job = row(idle, task["id"])
    assert job.request["prompt"] == "A ball --foo bar"
    assert job.extra["watermark"] is True
    assert made(client, [{"type": "text", "text": "A ball --dur 6"}], duration=8)["duration"] == 8
    refused(
        create(client, [{"type": "text", "text": "A ball --dur long"}]),
        "InvalidParameter",
        "content.text",
        "whole number",
    )
    refused(create(client, [{"type": "text", "text": "A ball --rs 333p"}]), "InvalidParameter", "resolution")
    refused(create(client, [{"type": "text", "text": "A ball --seed"}]), "InvalidParameter", "content.text", "no value")


def test_watermark_is_off_unless_asked_for(client, idle):
    assert row(idle, made(client)["id"]).extra["watermark"] is False


def test_a_seed_left_open_is_drawn(client):
    seeds = {made(client, seed=-1)["seed"] for _ in range(3)}
    assert len(seeds) == 3 and all(0 <= seed < 2**31 for seed in seeds)


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"resolution": "4k"}, "resolution"), ({"resolution": "720"}, "resolution"),
        ({"resolution": 720}, "resolution"), ({"ratio": "2:1"}, "ratio"),
        ({"duration": 3}, "duration"), ({"duration": 16}, "duration"), ({"duration": 0}, "duration"),
        ({"duration": "5"}, "duration"),
        ({"duration": 5.5}, "duration"), ({"duration": True}, "duration"), ({"frames": 121}, "frames"),
        ({"seed": -2}, "seed"), ({"seed": 2**31}, "seed"),
        ({"seed": "7"}, "seed"), ({"camera_fixed": True}, "camera_fixed"), ({"watermark": "false"}, "watermark"),
        ({"generate_audio": 1}, "generate_audio"),
        ({"service_tier": "flex"}, "service_tier"), ({"service_tier": "fast"}, "service_tier"),
        ({"execution_expires_after": 3599}, "execution_expires_after"),
        ({"execution_expires_after": 259201}, "execution_expires_after"), ({"priority": 10}, "priority"),
        ({"priority": -1}, "priority"),
        ({"safety_identifier": "x" * 65}, "safety_identifier"), ({"safety_identifier": 4}, "safety_identifier"),
        ({"output_format": "mov"}, "output_format"),
        ({"tools": [{"type": "web_search"}]}, "tools"), ({"tools": "web"}, "tools"),
        ({"callback_url": "ftp://example.com"}, "callback_url"),
        ({"callback_url": "http://10.0.0.1/"}, "callback_url"), ({"callback_url": "http://localhost/"}, "callback_url"),
        ({"callback_url": "http://169.254.169.254/latest"}, "callback_url"),
        ({"return_last_frame": "yes"}, "return_last_frame"), ({"draft": 0}, "draft"),
        ({"draft": True, "resolution": "720p"}, "resolution"),
        ({"draft": True, "return_last_frame": True}, "return_last_frame"),
        ({"omni_reference_task_type": "paint"}, "omni_reference_task_type"), ({"model": 7}, "model"),
        ({"model": ""}, "model"), ({"bitrate_mode": "high"}, "bitrate_mode"),
    ],
)  # fmt: skip
def test_body_parameters_are_checked_strictly(client, given, param):
    refused(create(client, **{"model": SEEDANCE, **given}), "InvalidParameter", param)


def test_families_differ_as_the_vendor_says(client):
    old = "seedance-1-0-pro-250528"
    refused(create(client, resolution="1080p"), "InvalidParameter", "resolution")  # fast: to 720p
    refused(create(client, model="doubao-seedance-1-5-pro-251215", duration=13), "InvalidParameter", "duration")
    refused(create(client, model=old, priority=1), "InvalidParameter", "priority")
    refused(create(client, model=old, generate_audio=True), "InvalidParameter", "generate_audio")
    refused(create(client, model=old, duration=-1), "InvalidParameter", "duration")
    refused(create(client, model=old, frames=98), "InvalidParameter", "frames", "25 + 4n")
    refused(create(client, model=old, frames=29), "InvalidParameter", "frames", "97 to 361")
    task = made(client, model=old, frames=121, camera_fixed=True)
    assert (task["frames"], task["resolution"], task["generate_audio"], "duration" in task) == (
        121,
        "1080p",
        False,
        False,
    )


def test_a_length_left_open_follows_the_script(client):
    assert made(client, duration=-1)["duration"] == 5
    assert (
        made(client, [{"type": "text", "text": "[0-3s] A ball bounces. [3-8s] It rolls away."}], duration=-1)[
            "duration"
        ]
        == 8
    )
    assert (
        made(client, [{"type": "text", "text": "[0-2s] A ball."}], model="dreamina-seedance-2-5-260628")["duration"]
        == 4
    )


def test_a_shape_left_open_follows_the_words(client):
    assert made(client)["ratio"] == "16:9"
    assert made(client, [{"type": "text", "text": "A vertical video of a ball."}], ratio="adaptive")["ratio"] == "9:16"


def test_missing_parameters_have_their_own_code(client):
    refused(client.post(TASKS, json={"content": [TEXT]}), "MissingParameter", "model")
    refused(client.post(TASKS, json={"model": SEEDANCE}), "MissingParameter", "content")
    refused(client.post(TASKS, json={"model": None, "content": [TEXT]}), "MissingParameter", "model")


@pytest.mark.parametrize(
    "content",
    [
        [], {}, "text", [None], [7], [{}], [{"type": "picture"}], [{"type": "text"}], [{"type": "text", "text": 5}],
        [{"type": "text", "text": " "}],
        [{"type": "image_url"}], [{"type": "image_url", "image_url": "http://x"}],
        [{"type": "image_url", "image_url": {"url": ""}}],
        [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}],
        [{"type": "image_url", "image_url": {"url": "http://x/"}, "role": "middle_frame"}],
        [{"type": "video_url", "video_url": {"url": "http://x/"}, "role": "first_frame"}],
        [{"type": "video_url", "video_url": {"url": "http://x/"}}],
        [{"type": "draft_task", "draft_task": {}}], [{"type": "draft_task", "draft_task": {"id": "cgt-x"}}, TEXT],
    ],
)  # fmt: skip
def test_content_that_cannot_be_read_is_refused(client, content):
    answer = create(client, content)
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "InvalidParameter", answer.text
    assert answer.json()["error"]["param"].startswith("content")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1]",
        b"null",
        b'{"model": "a", "content": NaN}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 200 + b"1" + b"}" * 200,
    ],
)
def test_bodies_that_are_no_json_object_are_refused(client, body):
    answer = client.post(TASKS, content=body, headers={"Content-Type": "application/json"})
    refused(answer, "InvalidParameter", answer.json()["error"]["param"] if body.startswith(b'{"a":') else "body")


def test_half_characters_and_nul_are_refused(client):
    for text in ("a\\ud800b", "a\\u0000b"):
        answer = client.post(
            TASKS, content=f'{{"model": "{TAKES_ALL}", "content": [{{"type": "text", "text": "{text}"}}]}}'
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InvalidParameter")


def test_one_image_without_a_role_is_the_first_frame(client, idle, data):
    task = made(client, [TEXT, image(data, person=False)])
    (reference,) = row(idle, task["id"]).request["references"]
    assert (reference["kind"], reference["role"], reference["person"]) == ("image", "first_frame", False)
    assert reference["asset"] and not reference["url"]
    assert task["ratio"] == "16:9"  # 640 x 360


def test_a_picture_needs_no_words(client, idle, data):
    job = row(idle, made(client, [image(data)])["id"])
    assert job.request["prompt"] == "The picture comes to life."


def test_first_and_last_frame_need_both_roles(client, idle, data):
    task = made(client, [TEXT, image(data, "first_frame"), image(data, "last_frame")])
    assert [one["role"] for one in row(idle, task["id"]).request["references"]] == ["first_frame", "last_frame"]
    words = "role must be specified for image contents"
    refused(create(client, [TEXT, image(data), image(data)]), "InvalidParameter", "content", words)
    refused(create(client, [TEXT, image(data, "first_frame"), image(data)]), "InvalidParameter", "content", words)
    refused(create(client, [TEXT, image(data, "last_frame")]), "InvalidParameter", "content", "first_frame")
    refused(
        create(client, [TEXT, image(data, "first_frame"), image(data, "first_frame")]),
        "InvalidParameter",
        "content",
        "first_frame",
    )


def test_frames_and_references_exclude_each_other(client, data):
    refused(
        create(client, [TEXT, image(data, "first_frame"), image(data, "reference_image")]),
        "InvalidParameter",
        "content",
        "cannot be mixed",
    )
    refused(
        create(client, [TEXT, image(data, "first_frame"), audio("http://x.example/a.wav")]),
        "InvalidParameter",
        "content",
        "cannot be mixed",
    )


@pytest.mark.parametrize(("kind", "most"), [(image, 9), (video, 3), (audio, 3)])
def test_at_most_nine_three_three(client, kind, most):
    extra = [image("http://x.example/a.png", "reference_image")] if kind is audio else []
    items = [kind("http://x.example/a", f"reference_{kind.__name__}") for _ in range(most + 1)]
    refused(create(client, [TEXT, *items, *extra]), "InvalidParameter", "content", f"at most {most}")


def test_at_most_twelve_together(client, data, elsewhere):
    pictures = [image(data, "reference_image", person=False) for _ in range(9)]
    clips = [video(f"{elsewhere}/clip.mp4") for _ in range(3)]
    made(client, [TEXT, *pictures, *clips])
    refused(
        create(client, [TEXT, *pictures, *clips, audio("http://x.example/a.wav")]),
        "InvalidParameter",
        "content",
        "at most 12",
    )


def test_sound_alone_is_refused_on_2_0_and_taken_on_2_5(client, tmp_path):
    import wave

    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 24000, 0, "NONE", "NONE"))
        file.writeframes(b"\x10\x00" * 24000 * 3)
    sound = audio("data:audio/wav;base64," + base64.b64encode(path.read_bytes()).decode())
    refused(create(client, [TEXT, sound]), "InvalidParameter", "content", "reference_audio needs")
    assert made(client, [TEXT, sound], model="dreamina-seedance-2-5-260628")["status"] == "queued"


def test_references_keep_their_order_and_names(client, idle, data, elsewhere):
    words = {"type": "text", "text": "[Image 1] meets @Image2 as in Video 1, not Image 3."}
    task = made(
        client,
        [
            words,
            image(data, "reference_image"),
            video(f"{elsewhere}/clip.mp4"),
            image(f"{elsewhere}/beach.png", "reference_image"),
        ],
    )
    job = row(idle, task["id"])
    assert job.request["prompt"] == "@image1 meets @image2 as in @video1, not Image 3."
    assert [(one["kind"], one["role"]) for one in job.request["references"]] == [
        ("image", "reference"),
        ("video", "reference"),
        ("image", "reference"),
    ]
    assert 3.9 < job.extra["input_seconds"] < 4.2


@pytest.mark.parametrize(
    "url",
    [
        "http://10.1.2.3/a.png",
        "http://localhost/a.png",
        "http://[::1]/a.png",
        "http://169.254.169.254/a",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://user:pw@1.1.1.1/",
    ],
)
def test_private_addresses_are_refused_at_once_by_name(client, url):
    refused(create(client, [TEXT, image(url, "reference_image")]), "InvalidParameter", "content[1].image_url")
    refused(create(client, [TEXT, image(url)]), "InvalidParameter", "content[1].image_url")
    refused(create(client, [TEXT, video(url)]), "InvalidParameter", "content[1].video_url")


def test_what_is_no_picture_is_refused(client, elsewhere):
    for bad in (
        f"{elsewhere}/page.png",
        f"{elsewhere}/absent.png",
        "data:image/png;base64,AAAA",
        "asset://asset_nowhere",
        f"{elsewhere}/clip.mp4",
    ):
        refused(create(client, [TEXT, image(bad)]), "InvalidParameter", "content[1].image_url")


def test_assets_are_used_by_their_id(client, idle, picture):
    asset = client.post(
        "/v1/assets", files={"file": ("a.png", picture.read_bytes(), "image/png")}, data={"person": "false"}
    ).json()["id"]
    job = row(idle, made(client, [TEXT, image(f"asset://{asset}")])["id"])
    assert (job.request["references"][0]["asset"], job.request["references"][0]["person"]) == (asset, False)


def test_an_engine_that_takes_no_pictures_refuses_at_once(client, data):
    error = refused(create(client, [TEXT, image(data)], model=SEEDANCE), "InvalidParameter", "content")
    assert "engine native takes no image as first frame" in error["message"]


def test_edit_and_extend_take_a_clip(client, idle, elsewhere):
    clip = video(f"{elsewhere}/clip.mp4")
    model = "dreamina-seedance-2-5-260628"
    edit = row(
        idle,
        made(client, [TEXT, clip], model=model, omni_reference_task_type="edit", ratio="adaptive", duration=-1)["id"],
    )
    assert (edit.request["task"], edit.request["seconds"], edit.request["ratio"]) == ("edit", 4.0, "16:9")
    extend = row(idle, made(client, [TEXT, clip], model=model, omni_reference_task_type="extend", duration=6)["id"])
    assert (extend.request["task"], extend.request["seconds"], extend.request["references"][0]["role"]) == (
        "extend",
        6.0,
        "source",
    )
    refused(
        create(client, [TEXT], model=model, omni_reference_task_type="edit"),
        "InvalidParameter",
        "content",
        "reference_video",
    )
    refused(
        create(client, [TEXT, clip], model=model, omni_reference_task_type="edit", duration=5),
        "InvalidParameter",
        "duration",
    )
    refused(
        create(client, [TEXT, clip], model=model, omni_reference_task_type="extend", ratio="16:9"),
        "InvalidParameter",
        "ratio",
    )


def test_models_nobody_knows_are_not_found(client):
    error = refused(create(client, model="kling-9"), "InvalidEndpointOrModel.NotFound", "model", status=404)
    assert error["type"] == "NotFound" and "native" in error["message"]


@pytest.mark.parametrize(
    ("model", "engine"),
    [("native", "native"), ("animatic", "animatic"), (SEEDANCE, "native"), ("dreamina-seedance-2-0-260128", "native"),
        ("seedance-1-5-pro-251215", "native"),
     ("ep-20251212-xyz", "native"), ("ep-20260101-abcde", "fake"), ("auto", "auto")],
)  # fmt: skip
def test_models_mean_engines(client, idle, model, engine):
    job = row(idle, made(client, model=model)["id"])
    assert (job.model, job.engine) == (model, engine)


def test_a_draft_goes_to_the_animatic_and_its_full_clip_to_the_model(client, idle):
    draft = made(client, model=TAKES_ALL, draft=True, seed=9, duration=6, ratio="1:1", priority=3)
    job = row(idle, draft["id"])
    assert (job.engine, draft["draft"], draft["resolution"], job.model) == ("animatic", True, "480p", TAKES_ALL)
    task = [{"type": "draft_task", "draft_task": {"id": draft["id"]}}]
    refused(create(client, task), "InvalidParameter", "content[0].draft_task.id", "succeeded")
    change(idle, draft["id"], state="succeeded")
    full = made(client, task, resolution="720p")
    job = row(idle, full["id"])
    assert (
        job.engine,
        full["draft_task_id"],
        full["draft"],
        full["seed"],
        full["duration"],
        full["ratio"],
        full["resolution"],
    ) == ("fake", draft["id"], False, 9, 6, "1:1", "720p")
    assert job.parent == f"gen_{draft['id'].rpartition('-')[2]}"
    refused(create(client, task, seed=4), "InvalidParameter", "seed", "from the draft")
    other = made(client)
    refused(
        create(client, [{"type": "draft_task", "draft_task": {"id": other["id"]}}]),
        "InvalidParameter",
        "content[0].draft_task.id",
    )
