"""What every engine on somebody else's machine shares: one careful way to send, to ask, to copy the result and to give up.

Only questions that change nothing are repeated by themselves. A submit is sent once: where no answer comes back, it is UnknownOutcome.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import stamina

from phonofilm.engines import recorded
from phonofilm.engines.base import CANNOT, ENDED, Cancel, Declined, Failure, Poll, Report, UnknownOutcome, stop_if
from phonofilm.engines.breaker import Breaker, Pace, retry_after
from phonofilm.engines.hosts import check_host
from phonofilm.errors import EngineError, MediaError
from phonofilm.spec.capability import Capability
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Progress, Result

for _name in ("httpx2", "httpcore2"):
    if logging.getLogger(_name).level == logging.NOTSET:
        logging.getLogger(_name).setLevel(logging.WARNING)  # they log addresses, and a signed address is a secret

JSON_BYTES = 4 << 20
"""Longest answer read, but for a clip."""
MISSING = 4
"""So many 'no such task' in a row until it is believed: a task may take a moment to be known everywhere."""


T = TypeVar("T")


class Unsent(Exception):
    """The request certainly never reached the vendor."""


class Lost(Exception):
    """Nobody knows whether the request was taken."""


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    headers: dict[str, str]
    """Lower-case names."""
    body: bytes

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, UnicodeDecodeError, RecursionError):
            return None


@dataclass(frozen=True, kw_only=True)
class Line:
    """How patient to be, and how much to take."""

    connect: float = 5.0
    read: float = 60.0
    """Seconds between two pieces of an answer."""
    answer: float = 120.0
    """Seconds a whole answer may take (not a clip)."""
    download: float = 900.0
    """Seconds copying a clip may take."""
    max_bytes: int = 500_000_000
    """Largest clip."""
    limit: float = 3600.0
    """Seconds ``make`` waits for a task."""
    tries: int = 4
    """Times a harmless question is asked."""


class Remote:
    """Base of the remote engines; a subclass says what the requests look like. Thread-safe. Close it when done."""

    def __init__(
        self, name: str, *, base_url: str, key: str = "", line: Line | None = None, breaker: Breaker | None = None, repeatable: bool = False,
        sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        if not base_url.startswith(("http://", "https://")):
            raise EngineError(f"engine {name}: base_url must begin with http:// or https://")
        self.name, self.base_url, self.line, self.repeatable = name, base_url.rstrip("/"), line or Line(), repeatable
        self.breaker = breaker or Breaker(clock=clock)
        self._asking = Breaker(clock=clock)
        self._sleep, self._clock = sleep, clock
        self._key = key
        self._lock = threading.Lock()
        self._paces: OrderedDict[str, Pace] = OrderedDict()
        self._last: OrderedDict[str, Poll] = OrderedDict()
        self._missing: dict[str, int] = {}
        self._given: OrderedDict[str, str] = OrderedDict()
        timeout = httpx2.Timeout(connect=self.line.connect, read=self.line.read, write=self.line.read, pool=10.0)
        self._client = httpx2.Client(timeout=timeout, follow_redirects=False, limits=httpx2.Limits(max_connections=32), trust_env=False)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, base_url={self.base_url!r})"

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    # -- what a subclass says --------------------------------------------------------------------------------------------

    def capability(self) -> Capability:
        """What the vendor's model can do."""
        raise NotImplementedError

    def _send(self, request: Generate, tag: str) -> Answer:
        """The submit, once. Raises Unsent, Lost."""
        raise NotImplementedError

    def _read(self, body: dict[str, Any]) -> Poll:
        """A task as the vendor describes it."""
        raise NotImplementedError

    def _failure(self, error: Any, status: int | None = None) -> Failure:
        """The vendor's error object in our words."""
        raise NotImplementedError

    def _task(self, vendor_id: str) -> str:
        """The path of a task."""
        raise NotImplementedError

    def _artefact(self, vendor_id: str) -> tuple[str, dict[str, str]]:
        """Where the finished clip lies, and the headers to fetch it with. Raises Declined."""
        raise NotImplementedError

    def find(self, tag: str) -> str | None:
        """No way to look a submit up, unless a subclass has one."""
        return CANNOT

    # -- the steps -------------------------------------------------------------------------------------------------------

    def submit(self, request: Generate, tag: str) -> str:
        """Hand the request in, once. Raises RequestError, Declined, UnknownOutcome."""
        self.capability().admit(request)
        wait = self.breaker.remaining()
        if wait:
            raise Declined(f"engine {self.name} is refusing calls; it is left alone for {wait:.0f} s", code="engine_unavailable", retry_after=wait)
        try:
            answer = self._send(request, tag)
        except Unsent as error:
            self.breaker.unclear()
            raise Declined(f"engine {self.name} cannot be reached ({error}); check its address", code="engine_unavailable", retry_after=30.0) from None
        except Lost as error:
            self.breaker.unclear()
            raise UnknownOutcome(f"engine {self.name} gave no answer to the submit ({error}); look the task up before trying again") from None
        except BaseException:
            self.breaker.unclear()
            raise
        if answer.status == 429:
            asked = retry_after(answer.headers)
            self.breaker.refused(asked)
            raise self._declined(answer, asked if asked is not None else 2.0)
        self.breaker.fine()
        if answer.status >= 500 or answer.status == 408:
            raise UnknownOutcome(f"engine {self.name} answered the submit with {answer.status}; look the task up before trying again")
        if answer.status >= 300:
            raise self._declined(answer, None)
        body = answer.json()
        found = body.get("id") if isinstance(body, dict) else None
        if not isinstance(found, str) or not 0 < len(found) <= 2000:
            raise UnknownOutcome(f"engine {self.name} took the submit and answered without an id; look the task up before trying again")
        with self._lock:
            if self._given.get(found, tag) != tag:
                raise UnknownOutcome(f"engine {self.name} gave two submits the same id; look both up before trying again")
            _remember(self._given, found, tag)
        return found

    def poll(self, vendor_id: str) -> Poll:
        """Ask once, where the vendor may be asked; in trouble its last known state is returned, and when to ask again."""
        with self._lock:
            pace = _remember(self._paces, vendor_id, self._paces.get(vendor_id) or Pace())
            last = self._last.get(vendor_id) or Poll(state="running")
        wait = self._asking.remaining()
        if wait:
            return Poll(state=last.state, progress=last.progress, retry_after=wait, trouble="the vendor is refusing questions")
        try:
            answer = self._exchange("GET", self._task(vendor_id))
        except (Unsent, Lost) as error:
            self._asking.unclear()
            return Poll(state=last.state, progress=last.progress, retry_after=pace.trouble(), trouble=str(error))
        asked = retry_after(answer.headers)
        if answer.status == 429:
            self._asking.refused(asked)
            return Poll(state=last.state, progress=last.progress, retry_after=pace.trouble(asked), trouble="the vendor refuses questions for now")
        self._asking.fine()
        body = answer.json()
        if answer.status == 404 or answer.status == 410:
            self._missing[vendor_id] = self._missing.get(vendor_id, 0) + 1
            if self._missing[vendor_id] >= MISSING:
                failure = Failure(code="engine_failed", message=f"engine {self.name} no longer knows the task; it restarted or forgot it", vendor="404")
                return self._end(vendor_id, Poll(state="failed", error=failure))
        if answer.status != 200 or not isinstance(body, dict):
            return Poll(state=last.state, progress=last.progress, retry_after=pace.trouble(asked), trouble=f"the vendor answered {answer.status}")
        try:
            found = self._read(body)
        except (KeyError, TypeError, ValueError) as error:
            return Poll(state=last.state, progress=last.progress, retry_after=pace.trouble(asked), trouble=f"an answer that cannot be read ({error})")
        self._missing.pop(vendor_id, None)
        if found.state in ENDED:
            return self._end(vendor_id, found)
        found = Poll(state=found.state, progress=found.progress, retry_after=max(pace.well(), asked or 0.0), usage=found.usage)
        with self._lock:
            _remember(self._last, vendor_id, found)
        return found

    def fetch(self, vendor_id: str, out: Path, *, mute: bool = False) -> None:
        """Copy the finished clip to ``out``. An address that has expired is asked for anew; a cut download is repeated. Raises Declined, MediaError."""
        partial = out.with_name(f".{out.stem}.{os.getpid()}-{secrets.token_hex(4)}.part.mp4")
        try:
            self._copy(vendor_id, partial)
            if mute:
                recorded.drop_sound(partial)
            os.replace(partial, out)
        except OSError as error:
            raise MediaError(f"'{out}' cannot be written ({error.strerror}); free some space or choose another folder") from error
        finally:
            partial.unlink(missing_ok=True)

    def cancel(self, vendor_id: str) -> bool:
        """Ask first: a DELETE on a finished task would throw the clip away."""
        before = self.poll(vendor_id)
        if before.state in ENDED:
            return before.state != "succeeded"
        if before.trouble:
            return False
        try:
            answer = self._repeat(lambda: self._exchange("DELETE", self._task(vendor_id)))
        except (Unsent, Lost):
            return False
        return self._was_cancelled(vendor_id, answer)

    def _was_cancelled(self, vendor_id: str, answer: Answer) -> bool:
        return answer.status in (200, 202, 204, 404)

    # -- all steps in a row ----------------------------------------------------------------------------------------------

    def make(self, request: Generate, out: Path, *, progress: Report | None = None, cancel: Cancel | None = None) -> Result:
        """Submit, wait, copy to ``out``. Waits out refusals (429); a submit without an answer is looked up, never repeated blindly."""
        started = time.perf_counter()
        vendor_id = self._place(request, secrets.token_hex(16), cancel)
        self._await(vendor_id, progress, cancel)
        waited = time.perf_counter()
        self.fetch(vendor_id, out, mute=not request.sound)
        return self._result(request, out, vendor_id, {"generate": waited - started, "fetch": time.perf_counter() - waited})

    def generate(self, request: Generate, *, progress: Report | None = None, cancel: Cancel | None = None) -> Result:
        """As ``make``, into a temporary file that lives as long as the result's frames."""
        folder = tempfile.TemporaryDirectory(prefix="phonofilm-", ignore_cleanup_errors=True)
        made = self.make(request, Path(folder.name) / "clip.mp4", progress=progress, cancel=cancel)
        assert isinstance(made.frames, recorded.Recorded)
        made.frames.keep = folder
        object.__setattr__(made, "path", None)
        return made

    def _result(self, request: Generate, out: Path, vendor_id: str, timings: dict[str, float]) -> Result:
        n_frames, native, _ = recorded.measure(out)
        notes = []
        if native != request.size:
            notes.append(f"delivered at {native[0]}x{native[1]}, not {request.size[0]}x{request.size[1]}")
        return Result(
            frames=recorded.Recorded(out, request.size, n_frames), n_frames=n_frames, sound=recorded.sound_of(out, n_frames), rate=48_000,
            size=request.size, native_size=native, prompt=request.prompt, engine=self.name, seed=request.seed, notes=tuple(notes), timings=timings,
            details={"vendor_id": vendor_id}, path=out,
        )  # fmt: skip

    def _place(self, request: Generate, tag: str, cancel: Cancel | None) -> str:
        until = self._clock() + self.line.limit
        while True:
            stop_if(cancel)
            try:
                return self.submit(request, tag)
            except Declined as error:
                if error.code not in ("rate_limited", "engine_unavailable") or error.retry_after is None or self._clock() + error.retry_after > until:
                    raise
                self._wait(error.retry_after, cancel)
            except UnknownOutcome:
                found = self.find(tag)
                if found is None or found == CANNOT:
                    raise
                return found

    def _await(self, vendor_id: str, progress: Report | None, cancel: Cancel | None) -> None:
        until = self._clock() + self.line.limit
        try:
            while True:
                now = self.poll(vendor_id)
                if progress:
                    progress(Progress(stage="denoise", done=round(100 * (now.progress or 0.0)), total=100))
                if now.state == "succeeded":
                    return
                if now.state in ENDED:
                    why = now.error or Failure(code="engine_failed", message=f"the task ended as {now.state}")
                    raise Declined(f"engine {self.name}: {why.message}", code=why.code, vendor=why.vendor)
                if self._clock() >= until:
                    raise EngineError(f"engine {self.name} has not finished task {vendor_id} in {self.line.limit:.0f} s; ask for it again later")
                self._wait(now.retry_after, cancel)
        except EngineError as error:
            if cancel and cancel():
                stopped = self.cancel(vendor_id)
                raise EngineError(
                    "cancelled; nothing was written" + ("" if stopped else f" (engine {self.name} may finish and bill task {vendor_id})")
                ) from error
            raise

    def _wait(self, seconds: float, cancel: Cancel | None) -> None:
        while seconds > 0:
            stop_if(cancel)
            self._sleep(min(seconds, 0.5))
            seconds -= 0.5
        stop_if(cancel)

    # -- the wire --------------------------------------------------------------------------------------------------------

    def _end(self, vendor_id: str, poll: Poll) -> Poll:
        with self._lock:
            self._paces.pop(vendor_id, None)
            self._missing.pop(vendor_id, None)
            _remember(self._last, vendor_id, poll)
        return poll

    def _declined(self, answer: Answer, asked: float | None) -> Declined:
        body = answer.json()
        failure = self._failure(body.get("error") if isinstance(body, dict) else None, answer.status)
        field = body["error"].get("param") if isinstance(body, dict) and isinstance(body.get("error"), dict) else None
        return Declined(f"engine {self.name}: {failure.message}", code=failure.code, field=field if isinstance(field, str) else None,
                        retry_after=asked, vendor=failure.vendor)  # fmt: skip

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._key}"} if self._key else {}

    def _exchange(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **content: Any) -> Answer:
        """One request, one answer within its time and size. Raises Unsent where nothing was sent, Lost where nobody knows."""
        until = time.monotonic() + self.line.answer
        try:
            with self._client.stream(method, self.base_url + path, headers={**self._headers(), **(headers or {})}, **content) as response:
                body = bytearray()
                for piece in response.iter_bytes():
                    body += piece
                    if len(body) > JSON_BYTES:
                        raise Lost("its answer is too long")
                    if time.monotonic() > until:
                        raise Lost("its answer took too long")
                return Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()}, bytes(body))
        except (
            httpx2.ConnectError,
            httpx2.ConnectTimeout,
            httpx2.PoolTimeout,
            httpx2.UnsupportedProtocol,
            httpx2.LocalProtocolError,
            httpx2.InvalidURL,
        ) as error:
            raise Unsent(type(error).__name__) from None
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise Lost(type(error).__name__) from None

    def _repeat(self, ask: Callable[[], Answer]) -> Answer:
        """A harmless question, asked again (with back-off and Retry-After) while the vendor is in trouble. Raises Unsent, Lost; 429 and 5xx at the end too."""

        def again(error: Exception) -> bool | float:
            if isinstance(error, _Busy):
                return error.asked if error.asked is not None else True
            return isinstance(error, (Unsent, Lost))

        try:
            for attempt in stamina.retry_context(on=again, attempts=self.line.tries, timeout=None, wait_initial=0.5, wait_max=30.0, wait_jitter=0.5):
                with attempt:
                    answer = ask()
                    if answer.status == 429 or answer.status >= 500:
                        raise _Busy(answer)
                    return answer
        except _Busy as busy:
            return busy.answer
        raise Lost("no answer")

    def _copy(self, vendor_id: str, partial: Path) -> None:
        problem = "no answer"
        for _ in range(2):  # the second time with a fresh address
            url, headers = self._artefact(vendor_id)

            def load(url: str = url, headers: dict[str, str] = headers) -> Answer:
                return self._download(url, headers, partial)

            try:
                answer = self._repeat(load)
            except (Unsent, Lost) as error:
                problem = str(error)
                continue
            if answer.status == 200:
                return
            problem = f"the file's address answers {answer.status}"
        raise Declined(
            f"engine {self.name}: the clip cannot be copied ({problem}); it may have expired", code="expired" if "answers 4" in problem else "engine_failed"
        )

    def _download(self, url: str, headers: dict[str, str], partial: Path) -> Answer:
        check_host(url, self.base_url)
        until = time.monotonic() + self.line.download
        try:
            with self._client.stream("GET", url, headers=headers) as response:
                if response.status_code != 200:
                    return Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()}, b"")
                size = 0
                with partial.open("wb") as file:
                    for piece in response.iter_bytes(1 << 16):
                        size += len(piece)
                        if size > self.line.max_bytes:
                            raise Declined(f"engine {self.name}: the clip is larger than {self.line.max_bytes} bytes; raise max_bytes to take it")
                        if time.monotonic() > until:
                            raise Lost("the download took too long")
                        file.write(piece)
            recorded.measure(partial)
        except MediaError as error:
            raise Lost(str(error)) from None
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise Lost(type(error).__name__) from None
        return Answer(200, {}, b"")


class _Busy(Exception):
    def __init__(self, answer: Answer) -> None:
        super().__init__(f"status {answer.status}")
        self.answer, self.asked = answer, retry_after(answer.headers)


def _remember(memory: OrderedDict[str, T], key: str, value: T, most: int = 4096) -> T:
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > most:
        memory.popitem(last=False)
    return value
