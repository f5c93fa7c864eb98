"""What every engine on somebody else's machine shares: one careful way to send, to ask, to copy the result and to give
up.

Only questions that change nothing are repeated by themselves. A submit is sent once: where no answer comes back, it is
UnknownOutcome.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import threading
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from phonofilm.engines import recorded
from phonofilm.engines.base import (
    CANNOT,
    ENDED,
    Cancel,
    Declined,
    Failure,
    Poll,
    Report,
    UnknownOutcome,
    hearing,
    stop_if,
)
from phonofilm.engines.remote.breaker import Breaker, Pace, retry_after
from phonofilm.engines.remote.calls import Answer, Calls, Line, Lost, Unsent
from phonofilm.engines.remote.recorder import Recorder
from phonofilm.engines.remote.recording import Recording
from phonofilm.engines.remote.replay import Replay
from phonofilm.errors import EngineError, MediaError
from phonofilm.prompt.script import Script
from phonofilm.spec.capability import Capability
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Progress, Result

MISSING = 4
"""So many 'no such task' in a row until it is believed: a task may take a moment to be known everywhere."""
T = TypeVar("T")


class Remote(ABC):
    """Base of the remote engines; a subclass says what the requests look like. Thread-safe. Close it when done."""

    states: Mapping[str, str] = {}
    """The vendor's words for where a task stands, in lower case, and ours."""

    def __init__(
        self,
        name: str,
        *,
        base_url: str,
        key: str = "",
        line: Line | None = None,
        breaker: Breaker | None = None,
        repeatable: bool = False,
        replay: Recording | Path | str | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise EngineError(f"engine {name}: base_url must begin with http:// or https://")
        self.name, self.base_url, self.line, self.repeatable = name, base_url.rstrip("/"), line or Line(), repeatable
        self.calls = Calls(self.base_url, key, self.line, sleep=sleep)
        self.replay = None if replay is None else Replay(replay, self.base_url)
        if self.replay:
            self.calls.through(self.replay.over)
        self.breaker = breaker or Breaker(clock=clock)
        self._asking = Breaker(clock=clock)
        self._sleep, self._clock = sleep, clock
        self._lock = threading.Lock()
        self._paces: OrderedDict[str, Pace] = OrderedDict()
        self._last: OrderedDict[str, Poll] = OrderedDict()
        self._missing: dict[str, int] = {}
        self._given: OrderedDict[str, str] = OrderedDict()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, base_url={self.base_url!r})"

    def close(self) -> None:
        """Give the connections back."""
        self.calls.close()

    def record(self, folder: Path) -> Recorder:
        """Keep what is said from here on, without secrets; the recorder's ``save`` writes it into ``folder``.

        RequestError where a recording lies there.
        """
        recorder = Recorder(folder, self.base_url, [self.calls.key])
        self.calls.through(recorder.over)
        return recorder

    def read(self, body: dict[str, Any]) -> Poll:
        """A task as the vendor describes it. ValueError, which begins with the field, where that cannot be read."""
        try:
            return self._read(body)
        except KeyError as error:
            raise ValueError(f"{error.args[0]}: is missing") from error
        except TypeError as error:
            raise ValueError(f"status: cannot be read ({error})") from error

    # -- what a subclass says
    # --------------------------------------------------------------------------------------------

    @abstractmethod
    def capability(self) -> Capability:
        """What the vendor's model can do."""

    @abstractmethod
    def _send(self, request: Generate, tag: str) -> Answer:
        """The submit, once. Raises Unsent, Lost."""

    @abstractmethod
    def _read(self, body: dict[str, Any]) -> Poll:
        """A task as the vendor describes it."""

    @abstractmethod
    def _failure(self, error: Any, status: int | None = None) -> Failure:
        """The vendor's error object in our words."""

    @abstractmethod
    def _task(self, vendor_id: str) -> str:
        """The path of a task."""

    @abstractmethod
    def _artefact(self, vendor_id: str) -> str:
        """The address of the finished clip. Raises Declined."""

    def find(self, tag: str) -> str | None:
        """No way to look a submit up, unless a subclass has one."""
        return CANNOT

    # -- the steps
    # -------------------------------------------------------------------------------------------------------

    def submit(self, request: Generate, tag: str) -> str:
        """Hand the request in, once. Raises RequestError, Declined, UnknownOutcome."""
        self.capability().admit(request)
        wait = self.breaker.remaining()
        if wait:
            raise Declined(
                f"engine {self.name} is refusing calls; it is left alone for {wait:.0f} s",
                code="engine_unavailable",
                retry_after=wait,
            )
        try:
            answer = self._sent(request, tag)
        except Unsent as error:
            self.breaker.unclear()
            raise Declined(
                f"engine {self.name} cannot be reached ({error}); check its address",
                code="engine_unavailable",
                retry_after=30.0,
            ) from None
        except Lost as error:
            self.breaker.unclear()
            raise UnknownOutcome(
                f"engine {self.name} gave no answer to the submit ({error}); look the task up before trying again"
            ) from None
        except BaseException:
            self.breaker.unclear()
            raise
        if answer.status == 429:
            asked = retry_after(answer.headers)
            self.breaker.refused(asked)
            raise self._declined(answer, asked if asked is not None else 2.0)
        self.breaker.fine()
        if answer.status >= 500 or answer.status == 408:
            raise UnknownOutcome(
                f"engine {self.name} answered the submit with {answer.status}; look the task up before trying again"
            )
        if answer.status >= 300:
            raise self._declined(answer, None)
        body = answer.json()
        found = body.get("id") if isinstance(body, dict) else None
        if not isinstance(found, str) or not 0 < len(found) <= 2000:
            raise UnknownOutcome(
                f"engine {self.name} took the submit and answered without an id; look the task up before trying again"
            )
        with self._lock:
            if self._given.get(found, tag) != tag:
                raise UnknownOutcome(
                    f"engine {self.name} gave two submits the same id; look both up before trying again"
                )
            _remember(self._given, found, tag)
        return found

    def poll(self, vendor_id: str) -> Poll:
        """Ask once, where the vendor may be asked; in trouble its last known state is returned, and when to ask
        again."""
        with self._lock:
            pace = _remember(self._paces, vendor_id, self._paces.get(vendor_id) or Pace())
            last = self._last.get(vendor_id) or Poll(state="running")
        wait = self._asking.remaining()
        if wait:
            return Poll(
                state=last.state, progress=last.progress, retry_after=wait, trouble="the vendor is refusing questions"
            )
        try:
            answer = self.calls.exchange("GET", self._task(vendor_id))
        except (Unsent, Lost) as error:
            self._asking.unclear()
            return Poll(state=last.state, progress=last.progress, retry_after=pace.trouble(), trouble=str(error))
        asked = retry_after(answer.headers)
        if answer.status == 429:
            self._asking.refused(asked)
            return Poll(
                state=last.state,
                progress=last.progress,
                retry_after=pace.trouble(asked),
                trouble="the vendor refuses questions for now",
            )
        self._asking.fine()
        body = answer.json()
        if answer.status == 404 or answer.status == 410:
            self._missing[vendor_id] = self._missing.get(vendor_id, 0) + 1
            if self._missing[vendor_id] >= MISSING:
                failure = Failure(
                    code="engine_failed",
                    message=f"engine {self.name} no longer knows the task; it restarted or forgot it",
                    vendor="404",
                )
                return self._end(vendor_id, Poll(state="failed", error=failure))
        if answer.status != 200 or not isinstance(body, dict):
            return Poll(
                state=last.state,
                progress=last.progress,
                retry_after=pace.trouble(asked),
                trouble=f"the vendor answered {answer.status}",
            )
        try:
            found = self.read(body)
        except ValueError as error:
            return Poll(
                state=last.state,
                progress=last.progress,
                retry_after=pace.trouble(asked),
                trouble=f"an answer that cannot be read ({error})",
            )
        self._missing.pop(vendor_id, None)
        if found.state in ENDED:
            return self._end(vendor_id, found)
        found = Poll(
            state=found.state, progress=found.progress, retry_after=max(pace.well(), asked or 0.0), usage=found.usage
        )
        with self._lock:
            _remember(self._last, vendor_id, found)
        return found

    def _stands(self, body: dict[str, Any]) -> str:
        """Our word for where the task stands. ValueError for one that is not known."""
        said = body["status"]
        if not isinstance(said, str) or said.lower() not in self.states:
            raise ValueError(f"status: {said!r} is none of {', '.join(self.states)}")
        return self.states[said.lower()]

    def fetch(self, vendor_id: str, out: Path, *, mute: bool = False) -> None:
        """Copy the finished clip to ``out``. An address that has expired is asked for anew; a cut download is repeated.
        Raises Declined, MediaError."""
        partial = out.with_name(f".{out.stem}.{os.getpid()}-{secrets.token_hex(4)}.part.mp4")
        try:
            self._copy(vendor_id, partial)
            if mute:
                recorded.drop_sound(partial)
            os.replace(partial, out)
        except OSError as error:
            raise MediaError(
                f"'{out}' cannot be written ({error.strerror}); free some space or choose another folder"
            ) from error
        finally:
            partial.unlink(missing_ok=True)

    def cancel(self, vendor_id: str) -> bool:
        """Ask first: a DELETE on a finished task would throw the clip away."""
        before = self.poll(vendor_id)
        if before.state in ENDED:
            return before.state != "succeeded"
        if before.trouble or not self._can_cancel(before.state):
            return False
        try:
            if self.calls.exchange("DELETE", self._task(vendor_id)).status in (200, 202, 204):
                self._end(
                    vendor_id,
                    Poll(state="cancelled", error=Failure(code="cancelled", message="the task was cancelled")),
                )
                return True
        except (Unsent, Lost):
            pass  # whether it took effect, the next question tells
        return self.poll(vendor_id).state in ("cancelled", "failed", "expired")

    @abstractmethod
    def _can_cancel(self, state: str) -> bool:
        """Does the vendor stop a task in this state when told to?"""

    # -- all steps in a row
    # ----------------------------------------------------------------------------------------------

    def make(
        self, request: Generate, out: Path, *, progress: Report | None = None, cancel: Cancel | None = None
    ) -> Result:
        """Submit, wait, copy to ``out``. Waits out refusals (429); a submit without an answer is looked up, never
        repeated blindly."""
        started = time.perf_counter()
        with hearing(cancel):
            vendor_id = self._place(request, secrets.token_hex(16), cancel)
            self._await(vendor_id, progress, cancel)
            waited = time.perf_counter()
            self.fetch(vendor_id, out, mute=not request.sound)
        return self._result(
            request, out, vendor_id, {"generate": waited - started, "fetch": time.perf_counter() - waited}
        )

    def generate(
        self,
        request: Generate,
        *,
        script: Script | None = None,
        progress: Report | None = None,
        cancel: Cancel | None = None,
    ) -> Result:
        """As ``make``, into a temporary file that lives as long as the result's frames."""
        return recorded.temporary(lambda out: self.make(request, out, progress=progress, cancel=cancel))

    def _result(self, request: Generate, out: Path, vendor_id: str, timings: dict[str, float]) -> Result:
        n_frames, native, _ = recorded.measure(out)
        notes = []
        if native != request.size:
            notes.append(f"delivered at {native[0]}x{native[1]}, not {request.size[0]}x{request.size[1]}")
        return Result(
            frames=recorded.Recorded(out, request.size, n_frames),
            n_frames=n_frames,
            sound=recorded.sound_of(out, n_frames),
            rate=48_000,
            size=request.size,
            native_size=native,
            prompt=request.prompt,
            engine=self.name,
            seed=request.seed,
            notes=tuple(notes),
            timings=timings,
            details={"vendor_id": vendor_id},
            path=out,
        )

    def _place(self, request: Generate, tag: str, cancel: Cancel | None) -> str:
        until = self._clock() + self.line.limit
        while True:
            stop_if(cancel)
            try:
                return self.submit(request, tag)
            except Declined as error:
                if (
                    error.code not in ("rate_limited", "engine_unavailable")
                    or error.retry_after is None
                    or self._clock() + error.retry_after > until
                ):
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
                    raise EngineError(
                        f"engine {self.name} has not finished task {vendor_id} in {self.line.limit:.0f} s; ask for it"
                        " again later"
                    )
                self._wait(now.retry_after, cancel)
        except EngineError as error:
            if cancel and cancel():
                stopped = self.cancel(vendor_id)
                raise EngineError(
                    "cancelled; nothing was written"
                    + ("" if stopped else f" (engine {self.name} may finish and bill task {vendor_id})")
                ) from error
            raise

    def _wait(self, seconds: float, cancel: Cancel | None) -> None:
        while seconds > 0:
            stop_if(cancel)
            self._sleep(min(seconds, 0.5))
            seconds -= 0.5
        stop_if(cancel)

    # -- inside
    # ----------------------------------------------------------------------------------------------------------

    def _sent(self, request: Generate, tag: str) -> Answer:
        """The submit: once, or, where the vendor knows a repeated tag, until it is answered."""
        pace = Pace(base=self.line.first_pause)
        for last in (False, False, True):
            try:
                answer = self._send(request, tag)
                if answer.status < 500 or last or not self.repeatable:
                    return answer
            except (Unsent, Lost):
                if last or not self.repeatable:
                    raise
            self._sleep(pace.trouble())
        raise Lost("no answer")

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
        return Declined(
            f"engine {self.name}: {failure.message}",
            code=failure.code,
            field=field if isinstance(field, str) else None,
            retry_after=asked,
            vendor=failure.vendor,
        )

    def _copy(self, vendor_id: str, partial: Path) -> None:
        problem, code = "no answer", "engine_failed"
        for _ in range(2):  # the second time with a fresh address
            url = self._artefact(vendor_id)
            try:
                answer = self.calls.repeat(lambda url=url: self.calls.download(url, partial))  # type: ignore[misc]
            except (Unsent, Lost) as error:
                problem = str(error)
                continue
            if answer.status == 200:
                return
            problem, code = (
                f"its address answers {answer.status}",
                ("expired" if answer.status in (401, 403, 404, 410) else "engine_failed"),
            )
        raise Declined(f"engine {self.name}: the clip cannot be copied ({problem}); it may be gone", code=code)


def printable(tag: str) -> str:
    """A tag as a header can carry it: itself, or where it is long or holds other than printable ASCII, its hash."""
    return tag if re.fullmatch(r"[\x21-\x7e]{1,200}", tag) else hashlib.sha256(tag.encode()).hexdigest()


def _remember(memory: OrderedDict[str, T], key: str, value: T, most: int = 4096) -> T:
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > most:
        memory.popitem(last=False)
    return value
