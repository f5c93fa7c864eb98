"""A moderation API in the shape of OpenAI's ``POST /v1/moderations``: text and pictures in, scores per category out."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from phonofilm.errors import EngineError, RequestError, in_words
from phonofilm.trust.classify.classifier import Score
from phonofilm.trust.policy import CATEGORIES

NAMES: Mapping[str, str] = {
    "sexual": "sexual",
    "sexual/minors": "minors",
    "violence/graphic": "violence",
    "hate": "hate",
    "hate/threatening": "hate",
    "harassment": "harassment",
    "harassment/threatening": "harassment",
    "self-harm": "self_harm",
    "self-harm/intent": "self_harm",
    "self-harm/instructions": "self_harm",
    "illicit": "crime",
    "illicit/violent": "weapons",
}
"""Their category -> ours. Plain "violence" is left out on purpose: any fight on film scores high; ``categories`` can
bring it back."""
_SIDE = 768
_TRIES = 3


class ModerationApi:
    """Asks a server over HTTP; each picture is one question, four at a time.

    url: up to but without ``/moderations`` (``https://api.openai.com/v1``); key: sent as a bearer token, never shown;
    senses: of "frames" and "text"; categories: replaces ``NAMES``. Raises RequestError for a bad field.
    """

    def __init__(
        self,
        *,
        url: str,
        key: str = "",
        model: str = "omni-moderation-latest",
        name: str = "api",
        senses: Sequence[str] = ("frames", "text"),
        categories: Mapping[str, str] | None = None,
        timeout: float = 20.0,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise RequestError(f"url {url!r} is not an http address; give it up to but without /moderations")
        if not 0 < timeout <= 600:
            raise RequestError(f"timeout {timeout!r} is out of range; give seconds above 0, at most 600")
        if not senses or set(senses) - {"frames", "text"}:
            raise RequestError(f"senses {list(senses)!r} are not known; choose from frames, text")
        self._names = dict(NAMES if categories is None else categories)
        if unknown := [ours for ours in self._names.values() if ours not in CATEGORIES]:
            raise RequestError(f"categories: unknown category '{unknown[0]}'; choose from {', '.join(CATEGORIES)}")
        self.name, self.timeout, self.looks_at = name, float(timeout), frozenset(senses)
        self._model = model
        self._url = url.rstrip("/") + "/moderations"
        self._client = httpx2.Client(
            headers={"Authorization": f"Bearer {key}"} if key else {}, transport=transport, trust_env=False
        )

    def score(
        self, *, frames: Sequence[NDArray[np.uint8]] = (), sound: NDArray[np.float32] | None = None, text: str = ""
    ) -> list[Score]:
        """Scores of the text and of every frame. Raises EngineError when the server refuses, fails three times or
        answers nonsense."""
        until = time.monotonic() + self.timeout
        questions: list[tuple[int | None, dict[str, Any]]] = []
        if text:
            questions.append((None, {"type": "text", "text": text}))
        questions += [
            (index, {"type": "image_url", "image_url": {"url": _data_url(frame)}}) for index, frame in enumerate(frames)
        ]
        with ThreadPoolExecutor(max_workers=4) as pool:
            answers = list(pool.map(lambda question: self._ask(question[1], until), questions))
        scores: list[Score] = []
        for (frame, _), found in zip(questions, answers, strict=True):
            scores += [Score(category=category, value=value, frame=frame) for category, value in found.items()]
        return scores

    def _ask(self, item: dict[str, Any], until: float) -> dict[str, float]:
        body = {"model": self._model, "input": [item]}
        for attempt in range(_TRIES):
            left = until - time.monotonic()
            if left <= 0:
                raise EngineError(f"moderation server: no answer within {self.timeout:g} s")
            try:
                response = self._client.post(self._url, json=body, timeout=left)
            except httpx2.HTTPError as error:
                trouble = f"moderation server: {in_words(error)}"
            else:
                if response.status_code == 200:
                    return self._read(response)
                trouble = f"moderation server answered {response.status_code}"
                if response.status_code not in (408, 429) and response.status_code < 500:
                    break
            if attempt + 1 < _TRIES:
                time.sleep(min(0.2 * 2**attempt, max(0.0, until - time.monotonic())))
        raise EngineError(trouble)

    def _read(self, response: httpx2.Response) -> dict[str, float]:
        try:
            results = response.json()["results"]
            found: dict[str, float] = {}
            for result in results:
                # some servers of this shape say only yes or no
                said = result.get("category_scores") or {
                    name: float(bool(value)) for name, value in result["categories"].items()
                }
                for name, value in said.items():
                    if category := self._names.get(name):
                        found[category] = max(found.get(category, 0.0), float(value))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EngineError("moderation server: the answer is not of the moderations shape") from error
        if not found:
            raise EngineError("moderation server: the answer holds none of the categories asked about")
        return found


def _data_url(frame: NDArray[np.uint8]) -> str:
    picture = Image.fromarray(frame)
    picture.thumbnail((_SIDE, _SIDE))
    packed = io.BytesIO()
    picture.save(packed, "JPEG", quality=88)
    return "data:image/jpeg;base64," + base64.b64encode(packed.getvalue()).decode()
