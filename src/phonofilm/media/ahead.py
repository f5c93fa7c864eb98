"""Pictures drawn ahead in a thread of their own, so that drawing, mixing and encoding overlap."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


class Ahead:
    """Pictures of ``draw()`` made in a worker thread that starts at once and keeps at most ``limit_bytes`` waiting.

    Can be walked again: a later walk calls ``draw`` anew. An error in the worker is raised where the pictures are
    walked; leaving a walk early stops the worker.
    """

    def __init__(
        self, draw: Callable[[], Iterable[Picture]], picture_bytes: int, limit_bytes: int = 256 * 1024 * 1024
    ) -> None:
        self._draw = draw
        self._depth = max(2, limit_bytes // max(picture_bytes, 1))
        self._first: _Worker | None = _Worker(draw, self._depth)

    def __iter__(self) -> Iterator[Picture]:
        worker, self._first = self._first or _Worker(self._draw, self._depth), None
        try:
            yield from worker.pictures()
        finally:
            worker.stop()

    def close(self) -> None:
        """Stop the worker of a walk that never began."""
        if self._first:
            self._first.stop()
            self._first = None


class _Worker:
    def __init__(self, draw: Callable[[], Iterable[Picture]], depth: int) -> None:
        self._queue: queue.Queue[Picture | BaseException | None] = queue.Queue(depth)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, args=(draw,), name="draw-ahead", daemon=True)
        self._thread.start()

    def _work(self, draw: Callable[[], Iterable[Picture]]) -> None:
        try:
            for picture in draw():
                if not self._put(picture):
                    return
            self._put(None)
        except BaseException as error:  # handed to the one who walks
            self._put(error)

    def _put(self, item: Picture | BaseException | None) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def pictures(self) -> Iterator[Picture]:
        while (item := self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=5)
