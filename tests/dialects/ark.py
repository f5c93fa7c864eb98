"""Calls of the Ark dialect, for its tests."""

from phonofilm.jobs.store.tables import Job

TASKS = "/api/v3/contents/generations/tasks"
SEEDANCE, TAKES_ALL = "doubao-seedance-2-0-260128", "doubao-seedance-2-0-fast-260128"
TEXT = {"type": "text", "text": "A red ball bounces on a beach."}
NULLS = dict.fromkeys(
    "safety_identifier callback_url return_last_frame service_tier execution_expires_after priority generate_audio"
    " draft camera_fixed watermark seed resolution ratio duration frames tools output_format omni_reference_task_type".split()  # noqa: E501
)


def image(url, role=None, **more):
    return {"type": "image_url", "image_url": {"url": url}, **({"role": role} if role else {}), **more}


def video(url, role="reference_video"):
    return {"type": "video_url", "video_url": {"url": url}, "role": role}


def audio(url, role="reference_audio"):
    return {"type": "audio_url", "audio_url": {"url": url}, "role": role}


def create(client, content=None, model=TAKES_ALL, **more):
    return client.post(TASKS, json={"model": model, "content": [TEXT] if content is None else content, **more})


def made(client, content=None, model=TAKES_ALL, **more):
    answer = create(client, content, model, **more)
    assert answer.status_code == 200, answer.text
    return client.get(f"{TASKS}/{answer.json()['id']}").json()


def row(idle, task):
    with idle.service.db.reading() as session:
        return session.get(Job, f"gen_{task.rpartition('-')[2]}")


def change(idle, task, **values):
    with idle.service.db.session() as session:
        job = session.get(Job, f"gen_{task.rpartition('-')[2]}")
        for name, value in values.items():
            setattr(job, name, value)


def refused(answer, code, param=None, words="", status=400):
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code), answer.text
    assert error.get("param") == param
    assert words in error["message"]
    assert error["message"].endswith(f"Request id: {answer.headers['x-request-id']}")
    return error
