import base64
import contextlib
import io
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

from phonofilm.errors import MissingExtra, RequestError
from phonofilm.trust.classify.classifier import Nothing, ask
from phonofilm.trust.classify.classifiers import build

RED = np.zeros((90, 160, 3), np.uint8)
RED[..., 0] = 255
BLUE = np.ascontiguousarray(RED[..., ::-1])


class Server:
    """A moderation server on this machine: reddish pictures are sexual, the word "blood" is graphic."""

    def __init__(self):
        self.asked, self.fail, self.sleep, self.body = [], [], 0.0, None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append((self.path, self.headers.get("Authorization"), request))
                time.sleep(outer.sleep)
                status = outer.fail.pop(0) if outer.fail else 200
                answer = (outer.body if outer.body is not None else json.dumps(outer.judge(request["input"]))).encode()
                with contextlib.suppress(BrokenPipeError):
                    self.reply(status, answer)

            def reply(self, status, answer):
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    @staticmethod
    def judge(items):
        scores = {"sexual": 0.01, "sexual/minors": 0.0, "violence": 0.99, "violence/graphic": 0.02, "hate": 0.0}
        for item in items:
            if item["type"] == "text":
                scores["violence/graphic"] = 0.93 if "blood" in item["text"] else 0.02
            else:
                head, data = item["image_url"]["url"].split(",")
                assert head == "data:image/jpeg;base64"
                red, _, blue = np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))).mean(axis=(0, 1))
                scores["sexual"] = 0.95 if red > blue else 0.01
        return {
            "id": "modr-1",
            "model": "m",
            "results": [{"flagged": False, "categories": {}, "category_scores": scores}],
        }


@pytest.fixture
def server():
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


def api(server, **more):
    return build([{"kind": "api", "url": server.url, "key": "secret-key", **more}])


def test_a_moderation_server_scores_text_and_every_frame(server):
    answer = ask(api(server), frames=[BLUE, RED], text="calm")[0]
    found = {(s.category, s.frame): s.value for s in answer.scores}
    assert found[("sexual", 1)] == 0.95 and found[("sexual", 0)] == 0.01 and found[("violence", None)] == 0.02
    assert len(server.asked) == 3 and {path for path, _, _ in server.asked} == {"/v1/moderations"}
    assert {key for _, key, _ in server.asked} == {"Bearer secret-key"}
    assert {request["model"] for _, _, request in server.asked} == {"omni-moderation-latest"}


def test_it_reads_only_what_it_is_set_to(server):
    assert ask(api(server, senses=["text"]), frames=[RED]) == [] and server.asked == []
    assert ask(api(server, senses=["text"]), text="blood")[0].scores[0].frame is None


def test_passing_failures_are_tried_again_and_lasting_ones_reported(server):
    server.fail = [503, 429]
    assert ask(api(server), text="calm")[0].trouble == ""
    server.fail = [500] * 3
    assert "500" in ask(api(server), text="calm")[0].trouble
    server.asked.clear()
    server.fail = [401]
    trouble = ask(api(server), text="calm")[0].trouble
    assert "401" in trouble and "secret-key" not in trouble and len(server.asked) == 1


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"results": []}',
        '{"results": [{"category_scores": {"unheard": 1}}]}',
        '{"results": [{"category_scores": {"hate": "x"}}]}',
        '{"results": 3}',
        "<html>",
    ],
)
def test_nonsense_is_no_answer(server, body):
    server.body = body
    answer = ask(api(server), text="calm")[0]
    assert answer.trouble and answer.scores == ()


def test_yes_and_no_will_do(server):
    server.body = json.dumps({"results": [{"flagged": True, "categories": {"hate": True, "sexual": False}}]})
    assert {s.category: s.value for s in ask(api(server), text="x")[0].scores} == {"hate": 1.0, "sexual": 0.0}


def test_a_slow_or_absent_server_is_given_up_on(server):
    server.sleep = 60.0
    start = time.monotonic()
    assert ask(api(server, timeout=0.3), text="calm")[0].trouble and time.monotonic() - start < 30
    gone = build([{"kind": "api", "url": "http://127.0.0.1:9/v1", "timeout": 5}])
    assert "nobody answers" in ask(gone, text="calm")[0].trouble


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("off", "none"), ([], "none"), ([3], "table"), ([{"kind": "magic"}], "kind"), ([{"kind": "api"}], "url"),
        ([{"kind": "api", "url": "ftp://x"}], "http"),
        ([{"kind": "api", "url": "http://x", "timeout": 0}], "timeout"),
        ([{"kind": "api", "url": "http://x", "senses": ["smell"]}], "senses"),
        ([{"kind": "api", "url": "http://x", "categories": {"a": "b"}}], "categories"),
        ([{"kind": "api", "url": "http://x", "colour": 1}], "colour"),
        ([{"kind": "api", "url": "http://x"}, {"kind": "api", "url": "http://y"}], "same name"),
        ([{"kind": "onnx", "path": "absent.onnx", "labels": ["-", "sexual"]}], "absent.onnx"),
        ([{"kind": "onnx", "path": "x", "labels": ["nsfw"]}], "nsfw"),
        ([{"kind": "onnx", "path": "x", "labels": []}], "labels"),
        ([{"kind": "onnx", "path": "x", "labels": ["-"], "size": 2}], "size"),
        ([{"kind": "onnx", "path": "x", "labels": ["-"], "layout": "hwc"}], "layout"),
        ([{"kind": "onnx", "path": "x", "labels": ["-"], "activation": "relu"}], "activation"),
    ],
)  # fmt: skip
def test_a_bad_setting_is_refused_by_field(setting, told):
    with pytest.raises(RequestError, match=told):
        build(setting)


def test_none_is_said_in_so_many_words():
    assert build("none") == (Nothing(),)


# --- an operator's ONNX file


def model(path, outputs=2, layout="nchw"):
    """Mean redness against mean blueness as two numbers."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from onnx import TensorProto, helper, numpy_helper

    shape, axes = (["n", 3, 32, 32], [2, 3]) if layout == "nchw" else (["n", 32, 32, 3], [1, 2])
    weights = np.zeros((3, outputs), np.float32)
    weights[2, 0], weights[0, 1] = 8.0, 8.0  # blue speaks for the first label, red for the second
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["x", "axes"], ["m"], keepdims=0),
            helper.make_node("MatMul", ["m", "w"], ["y"]),
        ],
        "colour",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", outputs])],
        [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(np.array(axes, np.int64), "axes")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), str(path))
    return str(path)


@pytest.mark.parametrize(("layout", "activation"), [("nchw", "softmax"), ("nhwc", "softmax"), ("nchw", "sigmoid")])
def test_an_onnx_file_scores_frames(tmp_path, layout, activation):
    built = build(
        [
            {
                "kind": "onnx",
                "path": model(tmp_path / "m.onnx", layout=layout),
                "labels": ["-", "sexual"],
                "size": 32,
                "layout": layout,
                "activation": activation,
            }
        ]
    )
    answer = ask(built, frames=[BLUE, RED] * 10)[0]
    assert answer.trouble == "" and len(answer.scores) == 20
    values = {s.frame: s.value for s in answer.scores}
    assert all(values[i] > 0.9 for i in range(1, 20, 2)) and all(values[i] < 0.6 for i in range(0, 20, 2))
    assert {s.category for s in answer.scores} == {"sexual"}


def test_a_model_of_another_shape_counts_as_not_checked(tmp_path):
    built = build(
        [{"kind": "onnx", "path": model(tmp_path / "m.onnx", outputs=3), "labels": ["-", "sexual"], "size": 32}]
    )
    assert "3 outputs" in ask(built, frames=[RED])[0].trouble


def test_a_damaged_file_is_refused_when_set_up(tmp_path):
    pytest.importorskip("onnxruntime")
    (tmp_path / "m.onnx").write_bytes(b"not a model")
    with pytest.raises(RequestError, match="onnxruntime can read"):
        build([{"kind": "onnx", "path": str(tmp_path / "m.onnx"), "labels": ["-", "sexual"]}])


def test_without_onnxruntime_the_remedy_is_named(tmp_path, monkeypatch):
    (tmp_path / "m.onnx").write_bytes(b"x")
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(MissingExtra, match=r"phonofilm\[moderation\]"):
        build([{"kind": "onnx", "path": str(tmp_path / "m.onnx"), "labels": ["-", "sexual"]}])
