"""The vendors' own clients, unmodified, against a running server."""

import base64
import importlib
import io
import json
import os
import subprocess
import sys
import time

import av
import httpx2
import pytest
from PIL import Image
from sqlalchemy import select

from phonofilm.jobs.store.tables import Delivery

TAKES_ALL = "doubao-seedance-2-0-fast-260128"
TEXT = {"type": "text", "text": "A red ball bounces on a beach."}
OLDER = "openai==2.20.0"


def ended(task):
    return task.status in ("succeeded", "failed", "cancelled", "expired", "completed")


def waited(look, seconds=150):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if ended(found):
            return found
        time.sleep(0.2)
    raise AssertionError(f"still {found}")


def picture_size(data):
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        return stream.width, stream.height, round(float(stream.duration * stream.time_base))


@pytest.fixture(scope="module")
def data(picture):
    return "data:image/png;base64," + base64.b64encode(picture.read_bytes()).decode()


@pytest.fixture(params=["volcenginesdkarkruntime", "byteplussdkarkruntime"])
def ark(request, running):
    module = importlib.import_module(request.param)
    return module.Ark(base_url=f"{running.base}/api/v3", api_key=running.key)


def test_ark_text_to_clip_listing_and_deletion(ark):
    tasks = ark.content_generation.tasks
    made = tasks.create(
        model=TAKES_ALL,
        content=[TEXT],
        resolution="480p",
        ratio="16:9",
        duration=4,
        seed=3,
        watermark=False,
        safety_identifier="me",
    )
    assert made.id.startswith("cgt-") and made.safety_identifier == "me"
    task = waited(lambda: tasks.get(task_id=made.id))
    assert (task.status, task.error, task.seed, task.duration, task.framespersecond, task.ratio) == (
        "succeeded",
        None,
        3,
        4,
        24,
        "16:9",
    )
    assert task.usage.completion_tokens == task.usage.total_tokens == 97 * 864 * 496 // 1024
    assert picture_size(httpx2.get(task.content.video_url).content) == (864, 496, 4)
    listed = tasks.list(page_num=1, page_size=5, status="succeeded", task_ids=[made.id], model=TAKES_ALL)
    assert (listed.total, [one.id for one in listed.items]) == (1, [made.id])
    tasks.delete(task_id=made.id)
    with pytest.raises(Exception) as error:
        tasks.get(task_id=made.id)
    assert type(error.value).__name__ == "ArkNotFoundError" and error.value.code == "NotFound.id"
    assert httpx2.get(task.content.video_url).status_code == 404


def test_ark_image_to_clip(ark, data):
    tasks = ark.content_generation.tasks
    content = [TEXT, {"type": "image_url", "image_url": {"url": data}, "role": "first_frame", "person": False}]
    made = tasks.create(model=TAKES_ALL, content=content, resolution="480p", duration=4, return_last_frame=True)
    assert waited(lambda: tasks.get(task_id=made.id)).status == "succeeded"


def test_ark_references(ark, data, elsewhere):
    tasks = ark.content_generation.tasks
    content = [
        {"type": "text", "text": "[Image 1] moves like [Video 1]."},
        {"type": "image_url", "image_url": {"url": data}, "role": "reference_image", "person": False},
        {
            "type": "video_url",
            "video_url": {"url": f"{elsewhere}/clip.mp4"},
            "role": "reference_video",
            "person": False,
        },
    ]
    made = tasks.create(model=TAKES_ALL, content=content, resolution="480p", ratio="1:1", duration=4)
    task = waited(lambda: tasks.get(task_id=made.id))
    assert (task.status, task.ratio) == ("succeeded", "1:1")
    assert task.usage.total_tokens == (24 * 8 + 1) * 640 * 640 // 1024


def test_ark_undeclared_pictures_wait_for_a_person(ark, data):
    tasks = ark.content_generation.tasks
    made = tasks.create(model=TAKES_ALL, content=[TEXT, {"type": "image_url", "image_url": {"url": data}}], duration=4)
    time.sleep(3)
    assert tasks.get(task_id=made.id).status in ("queued", "running")


def test_ark_failure_and_refusals(ark):
    tasks = ark.content_generation.tasks
    made = tasks.create(model="fake-failing", content=[TEXT], duration=4)
    task = waited(lambda: tasks.get(task_id=made.id))
    assert (task.status, task.error.code) == ("failed", "InternalServiceError") and "failed" in task.error.message
    with pytest.raises(Exception) as error:
        tasks.create(model=TAKES_ALL, content=[TEXT], duration=99)
    assert type(error.value).__name__ == "ArkBadRequestError"
    assert (error.value.code, error.value.param, error.value.type) == ("InvalidParameter", "duration", "BadRequest")
    with pytest.raises(Exception) as error:
        tasks.get(task_id="cgt-nobody")
    assert type(error.value).__name__ == "ArkNotFoundError"


def test_ark_cancels_what_waits_and_refuses_what_runs(ark):
    tasks = ark.content_generation.tasks
    made = tasks.create(model="fake-hanging", content=[TEXT], duration=4)
    while tasks.get(task_id=made.id).status == "queued":
        time.sleep(0.1)
    with pytest.raises(Exception) as error:
        tasks.delete(task_id=made.id)
    assert (type(error.value).__name__, error.value.code) == (
        "ArkPermissionDeniedError",
        "OperationDenied.InvalidState",
    )


@pytest.fixture(autouse=True)
def stop_hanging(running):
    """Whatever hangs is cancelled after its test."""
    yield
    with running.client() as client:
        for one in client.get(
            "/v1/generations", params={"model": "fake-hanging", "state": ["queued", "running"]}
        ).json()["data"]:
            client.post(f"/v1/generations/{one['id']}/cancel")


def test_ark_wrong_key_is_not_tried_again(running):
    ark = importlib.import_module("volcenginesdkarkruntime").Ark(base_url=f"{running.base}/api/v3", api_key="wrong")
    with pytest.raises(Exception) as error:
        ark.content_generation.tasks.list()
    assert type(error.value).__name__ == "ArkAuthenticationError"


@pytest.fixture
def openai(running):
    import openai

    return openai.OpenAI(base_url=f"{running.base}/v1", api_key=running.key)


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_openai_whole_life(openai):
    made = openai.videos.create_and_poll(prompt="A red ball bounces.", model="sora-2-pro", seconds="4", size="1280x720")
    assert (made.status, made.progress, made.seconds, made.size, made.error) == (
        "completed",
        100,
        "4",
        "1280x720",
        None,
    )
    assert picture_size(openai.videos.download_content(made.id).read()) == (1280, 720, 4)
    assert openai.videos.retrieve(made.id).id == made.id
    assert made.id in [one.id for one in openai.videos.list(limit=5)]
    remix = openai.videos.remix(made.id, prompt="A blue ball bounces.")
    assert remix.remixed_from_video_id == made.id
    assert waited(lambda: openai.videos.retrieve(remix.id)).status == "completed"
    assert openai.videos.delete(made.id).deleted is True
    with pytest.raises(Exception) as error:
        openai.videos.retrieve(made.id)
    assert type(error.value).__name__ == "NotFoundError"


def test_openai_image_to_clip_edit_and_extend(openai, picture, clip):
    made = openai.videos.create(
        prompt="It moves.", model="sora-2-pro", seconds="4", input_reference=picture, extra_body={"person": False}
    )
    edit = openai.videos.edit(
        prompt="The ball is blue.", video=clip.open("rb"), extra_body={"model": "sora-2-pro", "person": False}
    )
    more = openai.videos.extend(
        prompt="It rolls away.", seconds="4", video=clip.open("rb"), extra_body={"model": "sora-2-pro", "person": False}
    )
    assert [waited(lambda one=one: openai.videos.retrieve(one.id)).status for one in (made, edit, more)] == [
        "completed"
    ] * 3
    again = openai.post("/videos/edits", body={"prompt": "Green.", "video": {"id": made.id}}, cast_to=object)
    assert again["model"] == "sora-2-pro"


def test_openai_failure_and_refusals(openai):
    import openai as package

    made = openai.videos.create_and_poll(prompt="A ball.", model="fake-failing")
    assert (made.status, made.error.code) == ("failed", "video_generation_failed")
    with pytest.raises(package.BadRequestError) as error:
        openai.videos.create(prompt="A ball.", size="5x5")
    assert (error.value.code, error.value.param) == ("invalid_value", "size")
    with pytest.raises(package.NotFoundError):
        openai.videos.download_content("video_nobody")


def test_openai_files_of_a_packaged_clip(whole):
    import openai

    client = openai.OpenAI(base_url=f"{whole.base}/v1", api_key=whole.key)
    made = client.videos.create_and_poll(prompt="A red ball bounces.", model="sora-2-pro", seconds="4", size="854x480")
    assert made.status == "completed", made
    formats = {
        variant: Image.open(io.BytesIO(client.videos.download_content(made.id, variant=variant).read())).format
        for variant in ("thumbnail", "spritesheet")
    }
    assert formats == {"thumbnail": "WEBP", "spritesheet": "JPEG"}
    with whole.client() as http:
        part = http.get(f"/v1/videos/{made.id}/content", headers={"Range": "bytes=4-7"})
        assert (part.status_code, part.content) == (206, b"ftyp")
    ark = (
        importlib.import_module("volcenginesdkarkruntime")
        .Ark(base_url=f"{whole.base}/api/v3", api_key=whole.key)
        .content_generation.tasks
    )
    task = ark.create(model=TAKES_ALL, content=[TEXT], resolution="480p", duration=4, return_last_frame=True)
    frame = httpx2.get(waited(lambda: ark.get(task_id=task.id)).content.last_frame_url).content
    assert Image.open(io.BytesIO(frame)).size == (864, 496)


@pytest.fixture(scope="session")
def older(request):
    """A folder with the older client; fetched once and kept in pytest's cache."""
    folder = request.config.cache.mkdir(OLDER.replace("==", "-"))
    if not all((folder / name).exists() for name in ("openai", "distro", "sniffio")):
        wanted = [OLDER, "distro", "sniffio"]  # what it needs and the present one does not
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--upgrade",
            "--target",
            str(folder),
            *wanted,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode and not os.environ.get("CI"):
            pytest.skip(f"{OLDER} cannot be fetched here")
        assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.nightly
def test_an_older_major_of_the_openai_client(running, older, picture):
    script = """
import json, sys, openai
assert openai.__version__ == "2.20.0", openai.__version__
client = openai.OpenAI()
made = client.videos.create_and_poll(prompt="A red ball bounces.", model="sora-2-pro", seconds="4", size="1280x720")
with_file = client.videos.create(prompt="It moves.", model="sora-2-pro", input_reference=open(sys.argv[1], "rb"), extra_body={"person": "false"})
size = len(client.videos.download_content(made.id).read())
listed = made.id in [one.id for one in client.videos.list()]
remix = client.videos.remix(made.id, prompt="At night.").remixed_from_video_id
try:
    client.videos.create(prompt="A ball.", seconds="99")
    refused = None
except openai.BadRequestError as error:
    refused = error.param
deleted = client.videos.delete(made.id).deleted
print(json.dumps([made.status, with_file.status, size > 1000, listed, remix == made.id, refused, deleted]))
"""  # noqa: E501
    env = {
        **os.environ,
        "PYTHONPATH": str(older),
        "OPENAI_BASE_URL": f"{running.base}/v1",
        "OPENAI_API_KEY": running.key,
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, str(picture)],
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["completed", "queued", True, True, True, "seconds", True]


def test_ark_tells_a_callback_what_becomes_of_a_task(running, ark):
    """The body of a callback is the body of GET."""
    made = ark.content_generation.tasks.create(
        model=TAKES_ALL, content=[TEXT], resolution="480p", duration=4, callback_url="https://callbacks.example/ark"
    )
    task = waited(lambda: ark.content_generation.tasks.get(task_id=made.id))
    with running.db.reading() as session:
        told = [
            one.body
            for one in session.scalars(
                select(Delivery).where(Delivery.job == f"gen_{made.id.rpartition('-')[2]}").order_by(Delivery.created)
            )
        ]
    assert (told[0]["status"], told[-1]["status"]) == ("queued", "succeeded")
    assert told[-1]["usage"]["total_tokens"] == task.usage.total_tokens
    assert told[-1]["content"]["video_url"].split("?")[0] == task.content.video_url.split("?")[0]
