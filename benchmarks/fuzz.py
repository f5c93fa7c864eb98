"""Bad requests by the thousand against a real server: schemas turned inside out, forms, references, and files that lie.

    python -m benchmarks.fuzz --requests 10000 --json docs/figures/fuzz.json

Counted: answers of 5xx, bad requests that were accepted, and good ones (every eighth) that were not. The server runs on
the fake engine, without a worker, limits off; a generation counts as accepted when it is on record. Three kinds:

    schema   schemathesis, every route of the OpenAPI document, against its schema and along it. "Wrongly accepted" is a body that jsonschema
             finds in breach of the document and the server took all the same.
    requests hypothesis: good bodies of the three dialects with one thing broken, above all in their references
    files    uploads, by form and by data URI: truncated, lying, bombs, forms in pieces (hypothesis)
"""  # noqa: E501

from __future__ import annotations

import argparse
import base64
import json
import random
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import jsonschema
import uvicorn
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from benchmarks.fuzz_media import Shelf
from phonofilm.cli.serve import _listen
from phonofilm.server.app import create_app
from phonofilm.server.settings import Settings

CONTROL = 8
"""Every so many requests one is good."""


@dataclass
class Tally:
    """What came of the requests of one kind."""

    sent: int = 0
    bad: int = 0
    good: int = 0
    status: Counter[int] = field(default_factory=Counter)
    server_errors: list[str] = field(default_factory=list)
    wrongly_accepted: list[str] = field(default_factory=list)
    wrongly_refused: list[str] = field(default_factory=list)

    def note(self, what: str, answer: Any, *, good: bool | None) -> None:
        """Count an answer; ``good``: must be taken, must not be, or (None) either."""
        code, text = (
            answer.status_code,
            bytes(answer.content[:300]).decode("utf-8", "replace"),
        )  # some answers are clips
        self.sent += 1
        self.status[code] += 1
        if code >= 500:
            self.server_errors.append(f"{what}: {code} {text}")
        if good is True:
            self.good += 1
            if not 200 <= code < 300:
                self.wrongly_refused.append(f"{what}: {code} {text}")
        elif good is False:
            self.bad += 1
            if 200 <= code < 300:
                self.wrongly_accepted.append(f"{what}: {code} {text}")

    def plain(self) -> dict[str, Any]:
        """For JSON, with the first few of each trouble."""
        return {
            "requests": self.sent,
            "bad": self.bad,
            "good": self.good,
            "5xx": len(self.server_errors),
            "wrongly_accepted": len(self.wrongly_accepted),
            "wrongly_refused": len(self.wrongly_refused),
            "status": {str(code): count for code, count in sorted(self.status.items())},
            "examples": [*self.server_errors[:5], *self.wrongly_accepted[:5], *self.wrongly_refused[:5]],
        }


class Target:
    """A server on a real socket, and a client with every scope."""

    def __init__(self, home: Path) -> None:
        listener = _listen("127.0.0.1", 0)
        chosen = Settings.load(
            home=home,
            worker=False,
            requests_per_minute=0,
            uploads_per_minute=0,
            visits_per_minute=0,
            engines={"fake": {}},
            default_model="fake",
            models={"doubao-seedance-2-0-260128": "fake", "sora-2": "fake"},
            events_poll=0.05,
        ).at("127.0.0.1", listener.getsockname()[1])
        self.app = create_app(chosen)
        self.server = uvicorn.Server(uvicorn.Config(self.app, log_config=None))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [listener]}, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.05)
        self.base, self.headers = chosen.reached(), {"Authorization": f"Bearer {self.app.state.first_key}"}
        self.client = httpx2.Client(base_url=self.base, headers=self.headers, timeout=120)
        unlimited = {"daily_clips": 10_000_000, "open_jobs": 10_000_000}
        self.client.patch("/v1/admin/tenants/main", json=unlimited).raise_for_status()

    def close(self) -> None:
        """End it in good order."""
        self.client.close()
        self.server.should_exit = True
        self.app.state.stopping.set()
        self.thread.join(30)


def repeat(strategy: st.SearchStrategy[Any], count: int, start: int, act: Callable[[Any], None]) -> None:
    """Draw and act ``count`` times, in rounds: hypothesis gives no more than it finds different."""
    done, round_ = 0, 0
    while done < count and round_ < 50:
        before = done

        @seed(start + round_)
        @settings(
            max_examples=max(1, min(500, count - done)),
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def go(drawn: Any) -> None:
            nonlocal done
            if done < count:
                done += 1
                act(drawn)

        go()
        round_ += 1
        if done == before:
            break


# along and against the schema


def by_schema(target: Target, count: int, start: int) -> Tally:
    """Every operation of the document, half of the time with data that breaks its schema."""
    import requests
    import schemathesis.openapi
    from schemathesis import GenerationMode

    tally, session = Tally(), requests.Session()
    document = httpx2.get(f"{target.base}/openapi.json", timeout=120).json()
    operations = [found.ok() for found in schemathesis.openapi.from_dict(document).get_all_operations()]
    each = max(2, count // (2 * len(operations)))

    def send(case: Any) -> None:
        answer = case.call(base_url=target.base, session=session, headers=target.headers, timeout=120, stream=False)
        tally.note(
            f"{case.method} {case.path} {str(case.body)[:300]}", answer, good=False if breaks(case, document) else None
        )

    for number, operation in enumerate(operations):
        for mode in (GenerationMode.NEGATIVE, GenerationMode.POSITIVE):
            try:
                repeat(operation.as_strategy(generation_mode=mode), each, start + number, send)
            except Exception as error:  # an operation that nothing can be wrong with has no negative cases
                if "Unsatisfiable" not in type(error).__name__ and "negat" not in str(error).lower():
                    raise
    return tally


def breaks(case: Any, document: dict[str, Any]) -> bool:
    """Is the JSON body in breach of the document?"""
    content = document["paths"][case.path][case.method.lower()].get("requestBody", {}).get("content", {})
    if (
        case.media_type != "application/json"
        or "application/json" not in content
        or "NotSet" in type(case.body).__name__
    ):
        return False
    if isinstance(case.body, bytes):
        try:
            body = json.loads(case.body)
        except ValueError:
            return True
    else:
        body = json.loads(json.dumps(case.body))
    schema = {**content["application/json"]["schema"], "components": document["components"]}
    return not jsonschema.Draft202012Validator(schema).is_valid(body)


# one thing broken

TEXT = st.text(max_size=40)
INSIDE = st.sampled_from(
    [
        "http://127.0.0.1/a.png",
        "http://localhost/a.png",
        "http://10.1.2.3/a.png",
        "http://192.168.0.1/",
        "http://169.254.169.254/latest",
        "http://[::1]/a",
        "http://0/",
        "http://0x7f.1/",
        "http://2130706433/",
        "http://[::ffff:10.0.0.1]/",
        "http://100.64.0.1/",
        "http://224.0.0.1/",
        "file:///etc/passwd",
        "ftp://a.b/c",
        "gopher://a",
        "data:",
        "data:text/html,x",
        "data:image/png;base64,####",
        "data:image/png;base64,",
        "javascript:1",
        "//a.b/c",
        "asset://nothing",
        "",
        " ",
        "http://",
        "http://a b/",
    ]
)
NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda n: not 4 <= n <= 15),
    st.sampled_from(["5", None, True, [], {}]),
)


def reference(draw: Callable[..., Any]) -> dict[str, Any]:
    """A reference with one thing broken."""
    good = {"kind": "image", "role": "reference", "asset": "asset_01k3v8f0qk7c3m4n5p6q7r8s9t"}
    change = draw(
        st.one_of(
            st.fixed_dictionaries(
                {
                    "kind": st.one_of(
                        TEXT.filter(lambda t: t not in ("image", "video", "audio")), st.none(), st.integers()
                    )
                }
            ),
            st.fixed_dictionaries(
                {
                    "role": st.one_of(
                        TEXT.filter(lambda t: t not in ("reference", "first_frame", "last_frame", "source")), st.none()
                    )
                }
            ),
            st.fixed_dictionaries({"asset": TEXT}),
            st.fixed_dictionaries({"strength": st.one_of(st.floats(max_value=-0.01), st.floats(min_value=1.01), TEXT)}),
            st.fixed_dictionaries({"name": st.sampled_from(["1x", "a b", "a-b", "\u00e4", "x" * 65, "@a", "a\n"])}),
            st.fixed_dictionaries({"url": INSIDE}),
            st.fixed_dictionaries({"asset": st.none(), "url": INSIDE}),
            st.dictionaries(
                TEXT.filter(lambda t: t not in ("kind", "role", "name", "asset", "url", "strength", "person")),
                st.integers(),
                min_size=1,
                max_size=1,
            ),
            st.just({}),
        )
    )
    return {**good, **change}


@st.composite
def broken(draw: Callable[..., Any]) -> tuple[str, dict[str, Any]]:
    """(path, body): a request of one of the dialects with one thing broken."""
    which = draw(st.sampled_from(["native", "native", "ark", "openai"]))
    if which == "native":
        body: dict[str, Any] = {"prompt": "A red ball", "model": "fake"}
        known = {"prompt", "model", "task", "duration", "resolution", "ratio", "seed", "steps", "guidance", "sound",
            "references", "edit_strength", "label",
                 "priority", "expires_in", "parent", "metadata"}  # fmt: skip
        body |= draw(
            st.one_of(
                st.fixed_dictionaries(
                    {
                        "references": st.lists(st.just(0), min_size=1, max_size=3).map(
                            lambda n: [reference(draw) for _ in n]
                        )
                    }
                ),
                st.fixed_dictionaries({"duration": NUMBERS}),
                st.fixed_dictionaries(
                    {"seed": st.one_of(st.integers(max_value=-1), st.integers(min_value=2**31), TEXT)}
                ),
                st.fixed_dictionaries({"resolution": TEXT.filter(lambda t: t not in ("480p", "720p", "1080p", "2k"))}),
                st.fixed_dictionaries({"ratio": TEXT.filter(lambda t: ":" not in t)}),
                st.fixed_dictionaries({"model": TEXT.filter(lambda t: t != "fake")}),
                st.fixed_dictionaries({"priority": st.one_of(st.integers(max_value=-1), st.integers(min_value=10))}),
                st.just({"task": "edit"}),
                st.just({"steps": 20}),
                st.fixed_dictionaries(
                    {
                        "prompt": st.one_of(
                            st.none(),
                            st.integers(),
                            st.just("x" * 5001),
                            st.just("a\0b"),
                            st.just("@nobody waves"),
                            st.just("[9-3s] x"),
                        )
                    }
                ),
                st.dictionaries(TEXT.filter(lambda t: t not in known), st.integers(), min_size=1, max_size=2),
            )
        )
        return "/v1/generations", body
    if which == "ark":
        item = {"type": "text", "text": "A red ball"}
        body = {"model": "doubao-seedance-2-0-260128", "content": [item]}
        roles = st.sampled_from(["first_frame", "reference_image", "nobody"])
        image = st.builds(
            lambda url, role: {"type": "image_url", "image_url": {"url": url}, "role": role}, INSIDE, roles
        )
        body |= draw(
            st.one_of(
                st.fixed_dictionaries(
                    {
                        "content": st.one_of(
                            st.just([]),
                            st.none(),
                            TEXT,
                            st.lists(image, min_size=1, max_size=2).map(lambda found: [item, *found]),
                        )
                    }
                ),
                st.fixed_dictionaries(
                    {
                        "content": st.integers(10, 14).map(
                            lambda n: (
                                [item]
                                + [
                                    {
                                        "type": "image_url",
                                        "image_url": {"url": "https://a.example/x.png"},
                                        "role": "reference_image",
                                    }
                                ]
                                * n
                            )
                        )
                    }
                ),
                st.fixed_dictionaries({"duration": st.integers(16, 10**6) | st.integers(-(10**6), -2)}),
                st.fixed_dictionaries({"ratio": TEXT.filter(lambda t: ":" not in t and t not in ("", "adaptive"))}),
                st.fixed_dictionaries({"resolution": TEXT.filter(lambda t: not t.lower().endswith(("p", "k")))}),
                st.fixed_dictionaries({"seed": st.integers(min_value=2**33)}),
                st.fixed_dictionaries({"callback_url": INSIDE.filter(bool)}),
                st.just({"model": "no-such-model"}),
                st.just({"model": None}),
                st.just({"service_tier": "flux"}),
            )
        )
        return "/api/v3/contents/generations/tasks", body
    body = {"model": "sora-2", "prompt": "A red ball", "seconds": "4", "size": "1280x720"}
    body |= draw(
        st.one_of(
            st.fixed_dictionaries({"seconds": st.sampled_from(["0", "-1", "99", "x", "4.00001e9"])}),
            st.fixed_dictionaries({"size": st.sampled_from(["1x1", "x", "0x0", "9999999x3", "-5x5"])}),
            st.fixed_dictionaries({"prompt": st.sampled_from([None, "", 5, "x" * 40_000, "a\0b"])}),
            st.fixed_dictionaries(
                {
                    "input_reference": st.one_of(
                        INSIDE.map(lambda url: {"image_url": url}), st.integers(), st.just({"file_id": "file_nothing"})
                    )
                }
            ),
        )
    )
    return "/v1/videos", body


def by_request(target: Target, count: int, start: int) -> Tally:
    """Broken bodies, with good ones between."""
    tally, chance = Tally(), random.Random(start)

    def send(drawn: tuple[str, dict[str, Any]]) -> None:
        path, body = drawn
        headers = {"Content-Type": "application/json"}
        answer = target.client.post(path, content=json.dumps(body).encode(), headers=headers)
        tally.note(f"POST {path} {json.dumps(body)[:300]}", answer, good=False)
        if tally.sent % CONTROL == 0:
            path, body = control(chance)
            tally.note(f"POST {path} {json.dumps(body)[:300]}", target.client.post(path, json=body), good=True)

    repeat(broken(), count * (CONTROL - 1) // CONTROL, start, send)
    return tally


def control(chance: random.Random) -> tuple[str, dict[str, Any]]:
    """A good request of one of the dialects."""
    prompt = chance.choice(
        ["A red ball", "一只红色的球", 'A boy says: "Hello!"', "[0-2s] A ball. [2-4s] A bird.", "x" * 900]
    )
    ratio = chance.choice(["16:9", "9:16", "1:1", "4:3", "3:4", "21:9"])
    which = chance.choice(["native", "ark", "openai"])
    if which == "native":
        extra = chance.choice(
            [
                {},
                {"seed": chance.randrange(2**31)},
                {"priority": 9},
                {"metadata": {"a": "b"}},
                {"sound": False},
                {"duration": chance.choice([4, 4.5, 15])},
            ]
        )
        return "/v1/generations", {
            "prompt": prompt,
            "model": "fake",
            "ratio": ratio,
            "resolution": chance.choice(["480p", "720p", "1080p"]),
            **extra,
        }
    if which == "ark":
        extra = chance.choice(
            [{}, {"seed": -1}, {"duration": 5}, {"watermark": True, "frames": None}, {"return_last_frame": True}]
        )
        return "/api/v3/contents/generations/tasks", {
            "model": "doubao-seedance-2-0-260128",
            "content": [{"type": "text", "text": prompt}],
            "ratio": ratio,
            **extra,
        }
    return "/v1/videos", {
        "model": "sora-2",
        "prompt": prompt,
        "seconds": chance.choice(["4", "8", "12"]),
        "size": chance.choice(["1280x720", "720x1280"]),
    }


# files


@st.composite
def form(draw: Callable[..., Any]) -> bytes:
    """A form in pieces."""
    parts = draw(
        st.lists(
            st.one_of(
                st.just(b"--xx\r\n"),
                st.just(b"--xx--\r\n"),
                st.just(b"\r\n"),
                st.just(b'Content-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'),
                st.just(b"Content-Disposition: form-data\r\n\r\n"),
                st.just(b'Content-Disposition: form-data; name="person"\r\n\r\n'),
                st.binary(max_size=60),
                st.just(b"Content-Disposition: " + b"x" * 9000),
                st.just(b"\x89PNG\r\n\x1a\n"),
                st.just(b"Content-Transfer-Encoding: base64\r\n"),
            ),
            max_size=12,
        )
    )
    return b"".join(parts)


def by_file(target: Target, count: int, start: int) -> Tally:
    """Uploads: bad files by form and by data URI, forms in pieces, and good files between."""
    tally, chance, shelf = Tally(), random.Random(start), Shelf()
    paths = ["/v1/assets", "/v1/assets", "/v1/assets", "/v1/verify", "/v1/videos"]

    def upload(path: str, name: str, body: bytes) -> Any:
        if path == "/v1/videos":
            return target.client.post(
                path,
                data={"model": "sora-2", "prompt": "x", "seconds": "4"},
                files={"input_reference": (name, body, "image/png")},
            )
        return target.client.post(
            path,
            files={"file": (name.replace("\0", "0"), body)},
            data={"person": "false"} if path == "/v1/assets" else {},
        )

    def send(pieces: bytes) -> None:
        kind = chance.random()
        if tally.sent % CONTROL == CONTROL - 1:
            what, name, body = chance.choice(shelf.good)
            tally.note(f"{what} to /v1/assets", upload("/v1/assets", name, body), good=True)
        elif kind < 0.25:
            path = chance.choice(["/v1/assets", "/v1/verify", "/v1/videos", "/v1/videos/edits"])
            headers = {"Content-Type": "multipart/form-data; boundary=xx"}
            tally.note(
                f"form in pieces to {path}", target.client.post(path, content=pieces, headers=headers), good=False
            )
        elif kind < 0.5:
            what, _, body = shelf.bad(chance)
            uri = f"data:{chance.choice(['image/png', 'video/mp4', 'audio/wav', 'text/html'])};base64,{base64.b64encode(body).decode()}"  # noqa: E501
            tally.note(
                f"{what} as a data URI",
                target.client.post("/v1/assets", json={"url": uri, "person": False}),
                good=False,
            )
        else:
            what, name, body = shelf.bad(chance)
            path = chance.choice(paths)
            # a long or odd file that is whole may well be verified: no limit of references holds there
            may = path == "/v1/verify" and what in (
                "odd shape",
                "too long wav",
                "too long mp4",
                "silence",
                "lying boxes",
            )
            tally.note(f"{what} to {path}", upload(path, name, body), good=None if may else False)

    repeat(form(), count, start, send)
    return tally


def run(requests: int, start: int = 0, shares: tuple[float, float, float] = (0.5, 0.3, 0.2)) -> dict[str, Any]:
    """All three kinds; the figures."""
    warnings.simplefilter("ignore")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fuzz-", ignore_cleanup_errors=True) as home:
        target = Target(Path(home))
        try:
            kinds = {"schema": by_schema, "requests": by_request, "files": by_file}
            tallies = {}
            for name, act, share in (
                (name, act, share) for (name, act), share in zip(kinds.items(), shares, strict=True) if share
            ):
                tallies[name] = act(target, max(1, round(requests * share)), start)
                plain = tallies[name].plain()  # told at once: a run of an hour may be cut short
                print(f"{name}: {plain} in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
        finally:
            target.close()
    figures = {name: tally.plain() for name, tally in tallies.items()}
    total = {
        name: sum(figure[name] for figure in figures.values())
        for name in ("requests", "bad", "good", "5xx", "wrongly_accepted", "wrongly_refused")
    }
    return {"total": total, "seconds": round(time.monotonic() - begun, 1), "kinds": figures}


def table(figures: dict[str, Any]) -> str:
    """The figures for people."""
    names = ("requests", "bad", "good", "5xx", "wrongly_accepted", "wrongly_refused")
    lines = [f"{'kind':<10}" + "".join(f"{name.replace('_', ' '):>17}" for name in names)]
    for kind, row in [*figures["kinds"].items(), ("total", figures["total"])]:
        lines.append(f"{kind:<10}" + "".join(f"{row[name]:>17}" for name in names))
    return "\n".join(
        [
            *lines,
            f"{figures['seconds']} s",
            *(f"  {kind}: {one}" for kind, row in figures["kinds"].items() for one in row["examples"]),
        ]
    )


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    options = parser.parse_args()
    figures = run(options.requests, options.seed)
    print(table(figures))
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    total = figures["total"]
    return 0 if total["5xx"] == total["wrongly_accepted"] == total["wrongly_refused"] == 0 else 1


if __name__ == "__main__":
    raise SystemExit(main())
