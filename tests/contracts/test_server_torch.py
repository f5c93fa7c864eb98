"""A fresh interpreter that serves, and makes whole clips over HTTP, never imports torch; and it serves where torch is
not installed."""

import subprocess
import sys

SERVE = """
import sys, threading, time
import httpx2, uvicorn
from phonofilm.cli.serve import _listen
from phonofilm.server.app import create_app
from phonofilm.server.settings import Settings

listener = _listen("127.0.0.1", 0)
settings = Settings.load(home=sys.argv[1], requests_per_minute=0).at("127.0.0.1", listener.getsockname()[1])
assert set(settings.engines) >= {"native", "animatic", "fake"}
app = create_app(settings)
server = uvicorn.Server(uvicorn.Config(app, log_config=None))
thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
thread.start()
while not server.started:
    time.sleep(0.05)
heavy = [name for name in ("scipy", "thorvg_python", "onnxruntime") if name in sys.modules]
assert not heavy, f"the service starts without them: {heavy}"
client = httpx2.Client(base_url=settings.reached(), headers={"Authorization": "Bearer " + app.state.first_key}, timeout=120)

def made(model):
    job = client.post("/v1/generations", json={"prompt": "A red ball", "model": model, "duration": 4}).json()
    for _ in range(1200):
        job = client.get("/v1/generations/" + job["id"]).json()
        if job["state"] not in ("queued", "running"):
            break
        time.sleep(0.1)
    assert job["state"] == "succeeded", job
    return job
"""  # noqa: E501
CODE = (
    SERVE
    + """
job = made("fake")
assert client.get("/v1/engines").status_code == 200
with open(sys.argv[1] + "/clip.mp4", "wb") as file:
    file.write(client.get(job["outputs"][0]["url"]).content)
with open(sys.argv[1] + "/clip.mp4", "rb") as file:
    assert client.post("/v1/verify", files={"file": file}).json()["made_here"]
loaded = [name for name in ("torch", "diffusers", "phonofilm.model", "phonofilm.pipeline", "phonofilm.engines.native") if name in sys.modules]
assert not loaded, loaded
server.should_exit = True
thread.join(30)
print("served without torch")
"""  # noqa: E501
)


def test_serving_on_the_fake_engine_never_imports_torch(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path)], capture_output=True, text=True, check=False, timeout=400
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "served without torch" in done.stdout


WITHOUT = (
    """
import sys
from importlib.machinery import PathFinder

class Without(PathFinder):  # as if they were not installed
    @classmethod
    def find_spec(cls, name, *more):
        return None if name.partition(".")[0] in ("torch", "safetensors", "diffusers", "transformers") else super().find_spec(name, *more)

sys.meta_path[sys.meta_path.index(PathFinder)] = Without
"""  # noqa: E501
    + SERVE
    + """
made("animatic")
assert "native" not in [one["name"] for one in client.get("/v1/engines").json()["data"]]
asked = client.post("/v1/generations", json={"prompt": "A red ball", "model": "native", "duration": 4})
assert asked.status_code == 503 and asked.json()["error"]["code"] == "engine_unavailable", asked.text
assert "pip install 'phonofilm[native]'" in asked.json()["error"]["message"], asked.text
assert client.post("/v1/generations", json={"prompt": "A red ball", "model": "auto", "duration": 4}).status_code == 201
from phonofilm.cli.main import main
assert main(["generate", "A red ball"]) == 2 and main(["model", "info", "nano"]) == 2
server.should_exit = True
thread.join(30)
print("served where no torch is")
"""
)


def test_without_torch_it_serves_and_says_what_its_own_network_needs(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(tmp_path)], capture_output=True, text=True, check=False, timeout=400
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "served where no torch is" in done.stdout and done.stderr.count("phonofilm[native]") == 2, done.stderr[
        -3000:
    ]
