"""Requests of the Videos API as ours: create, edit, extend, remix."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from phonofilm.engines import route
from phonofilm.errors import PhonofilmError
from phonofilm.jobs.codes import JobError, as_job_error
from phonofilm.server import intake, models
from phonofilm.server.dialects import openai_video
from phonofilm.server.dialects.clips import clip_of
from phonofilm.server.dialects.wire import drawn, mentions, nearest_ratio, wrong
from phonofilm.server.errors import Refused
from phonofilm.spec import clock, media
from phonofilm.spec.plain import from_plain
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import MAX_CHARACTERS, Generate

if TYPE_CHECKING:
    from phonofilm.jobs.accounts.caller import Caller
    from phonofilm.jobs.service import Service
    from phonofilm.jobs.store.tables import Asset, Job
    from phonofilm.server.dialects.openai_form import Sent
    from phonofilm.server.settings import Settings

MODEL = "sora-2"
"""Where none is named."""
MAX_URL = 20_971_520


class Maker:
    """The calls into the service."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self.service, self.settings = service, settings

    def create(self, caller: Caller, sent: Sent, key: str | None) -> Job:
        """A video from words, and from a first frame where one is given."""
        prompt = sent.text("prompt", most=MAX_CHARACTERS, required=True) or ""
        model = sent.text("model", most=128) or MODEL
        seconds = self._seconds(sent)
        resolution, ratio, sizes = self._size(sent)
        person = sent.yes_no("person")
        named, file = self._reference(sent, person)
        wish, told, words = self._wish(sent, key), self._told(sent, prompt), self._words(sent, prompt)
        sent.done()
        engine = self.engine(model)
        kinds = ["image"] if named or file else []
        shown = Reference(kind="image", role="first_frame", url="data:", person=person) if file else named
        request = Generate(
            prompt=mentions(words, kinds),
            seconds=4.0 if seconds is None else seconds,
            resolution=resolution,
            ratio=ratio,
            sizes=sizes,
            engine=engine,
            references=(shown,) if shown else (),
            **wish,
        )
        if file:
            route.choose(
                request,
                self.service.engines(),
                [] if engine == route.AUTO else [engine],
                by=self.service.config.route_by,
            )
            asset = self._kept(caller, file, "image", person)
            request = replace(
                request, references=(Reference(kind="image", role="first_frame", asset=asset.id, person=person),)
            )
        return self._submit(caller, request, model, key, told)

    def edit(self, caller: Caller, sent: Sent, key: str | None) -> Job:
        """A video changed by words."""
        prompt = sent.text("prompt", most=MAX_CHARACTERS, required=True) or ""
        model, person = sent.text("model", most=128), sent.yes_no("person")
        strength = sent.number("edit_strength")
        before, asset = self._source(caller, sent, person)
        wish, told, words = self._wish(sent, key), self._told(sent, prompt), self._words(sent, prompt)
        sent.done()
        return self._from_clip(
            caller, "edit", words, model, before, asset, None, {**wish, "edit_strength": strength}, key, told
        )

    def extend(self, caller: Caller, sent: Sent, key: str | None) -> Job:
        """What comes after a video."""
        prompt = sent.text("prompt", most=MAX_CHARACTERS, required=True) or ""
        model, person = sent.text("model", most=128), sent.yes_no("person")
        seconds = self._seconds(sent)
        before, asset = self._source(caller, sent, person)
        wish, told, words = self._wish(sent, key), self._told(sent, prompt), self._words(sent, prompt)
        sent.done()
        return self._from_clip(
            caller, "extend", words, model, before, asset, 4.0 if seconds is None else seconds, wish, key, told
        )

    def remix(self, caller: Caller, before: Job, sent: Sent, key: str | None) -> Job:
        """A finished video once more, with other words."""
        prompt = sent.text("prompt", most=MAX_CHARACTERS, required=True) or ""
        told = self._told(sent, prompt)
        sent.done()
        if before.state != "succeeded":
            raise wrong(
                f"Video is not ready yet: its status is {openai_video.STATUS[before.state]}.",
                "video_id",
                code="video_not_ready",
            )
        old = from_plain(before.request)
        able = next((one for one in self.service.engines() if one.engine == old.engine), None)
        extra = {**told, "made_by": "remix"}
        if able is not None and "edit" in able.tasks and ("video", "source") in able.references:
            asset = clip_of(self.service, caller, before)
            request = replace(
                old,
                prompt=prompt,
                task="edit",
                references=(Reference(kind="video", role="source", asset=asset.id, person=asset.person),),
            )
        else:
            request = replace(old, prompt=mentions(prompt, [one.kind for one in old.references]))
        return self._submit(caller, request, before.model, key, extra, parent=before.id)

    def engine(self, model: str) -> str:
        """The engine a model's name means. Raises Refused."""
        offered = (*(one.engine for one in self.service.engines()), route.AUTO)
        engine = models.engine_of(model, self.settings.model_map(), offered, dialect="openai")
        if engine is None or engine not in offered:
            raise wrong(
                f"The model '{model}' does not exist; there are {', '.join(offered[:-1])} and the names mapped to"
                " them.",
                "model",
                code="model_not_found",
            )
        return engine

    def _from_clip(
        self,
        caller: Caller,
        task: str,
        prompt: str,
        model: str | None,
        before: Job | None,
        asset: Asset,
        seconds: float | None,
        wish: dict[str, Any],
        key: str | None,
        told: dict[str, Any],
    ) -> Job:
        model = model or (before.model if before else MODEL)
        engine = self.engine(model)
        length = seconds if seconds is not None else float(round(asset.seconds or 0.0))
        if before is not None:
            old = from_plain(before.request)
            shape: dict[str, Any] = {"resolution": old.resolution, "ratio": old.ratio, "sizes": old.sizes}
            length = seconds if seconds is not None else old.seconds
        else:
            width, height = asset.width or 1280, asset.height or 720
            shape = {"resolution": nearest_resolution(width, height), "ratio": nearest_ratio(width, height)}
        if seconds is None and not clock.MIN_SECONDS <= length <= clock.MAX_SECONDS:
            raise wrong(
                f"the clip lasts {asset.seconds:.1f} s; clips of {clock.MIN_SECONDS:g} to {clock.MAX_SECONDS:g} s can"
                " be edited",
                "video",
            )
        reference = Reference(kind="video", role="source", asset=asset.id, person=asset.person)
        request = Generate(
            prompt=mentions(prompt, ["video"]),
            seconds=length,
            engine=engine,
            task=task,
            references=(reference,),
            **shape,
            **wish,
        )
        return self._submit(
            caller, request, model, key, {**told, "made_by": task}, parent=before.id if before else None
        )

    def _submit(
        self,
        caller: Caller,
        request: Generate,
        model: str,
        key: str | None,
        extra: dict[str, Any],
        parent: str | None = None,
    ) -> Job:
        return self.service.submit(
            caller, request, model=model, dialect="openai", extra=extra, idempotency_key=key, parent=parent
        )

    def _size(self, sent: Sent) -> tuple[str, str, str | None]:
        size, resolution, ratio = (
            sent.text("size", most=40),
            sent.text("resolution", most=16),
            sent.text("ratio", most=16),
        )
        width, height = sent.whole("width"), sent.whole("height")
        if (width is None) != (height is None):
            raise wrong("give 'width' and 'height' together, or 'size'", "height" if height is None else "width")
        if width is not None:
            if size is not None and size != f"{width}x{height}":
                raise wrong("give 'size', or 'width' and 'height', not both", "size")
            size = f"{width}x{height}"
        if resolution is None and ratio is None:
            return openai_video.sizing(size or openai_video.DEFAULT_SIZE)
        if size is not None:
            raise wrong("give 'size', or 'resolution' and 'ratio', not both", "size" if width is None else "width")
        return resolution or "720p", ratio or media.DEFAULT_RATIO, None

    def _seconds(self, sent: Sent) -> float | None:
        """The length, also where it is told in frames; that is rounded to what clips can have."""
        seconds, count, rate = sent.number("seconds"), sent.whole("num_frames"), sent.number("fps")
        if rate is not None and rate != clock.FPS:
            raise wrong(f"clips have {clock.FPS} frames a second; send fps {clock.FPS}, or leave it out", "fps")
        if count is None:
            return seconds
        if not 1 <= count <= clock.frames(clock.MAX_SECONDS):
            raise wrong(
                f"'num_frames' must be from {clock.frames(clock.MIN_SECONDS)} to {clock.frames(clock.MAX_SECONDS)}",
                "num_frames",
            )
        length = clock.seconds_of_frames(clock.frames(clock.seconds_of_frames(count)))
        if seconds is not None and seconds != length:
            raise wrong("give 'seconds' or 'num_frames', not both", "num_frames")
        return length

    def _words(self, sent: Sent, prompt: str) -> str:
        """The prompt, with what is to be kept out in the prompt's own words."""
        kept_out = " ".join((sent.text("negative_prompt", most=MAX_CHARACTERS) or "").split())
        return f"{prompt}\nNEGATIVE: {kept_out}" if kept_out else prompt

    def _told(self, sent: Sent, prompt: str) -> dict[str, Any]:
        """What is kept with the job and changes nothing of the clip."""
        for name, most in (("user", 512), ("safety_identifier", 64)):
            sent.text(name, most=most)
        if (count := sent.whole("n")) not in (None, 1):
            raise wrong(f"one video a request is made; send {count} requests, or leave 'n' out", "n")
        metadata = sent.take("metadata")
        if metadata is None or metadata == "":
            return {"prompt": prompt}
        if not isinstance(metadata, dict) or len(metadata) > 16:
            raise wrong("'metadata' must be an object of at most 16 texts", "metadata")
        for name, value in metadata.items():
            if not isinstance(value, str) or len(value) > 512 or len(name) > 64:
                raise wrong(
                    "'metadata' holds texts of at most 512 characters under names of at most 64",
                    f"metadata.{name[:64]}",
                )
        return {"prompt": prompt, "metadata": metadata}

    def _wish(self, sent: Sent, key: str | None) -> dict[str, Any]:
        """What other servers of this API take as well."""
        seed, sound = sent.whole("seed"), sent.yes_no("generate_audio")
        steps, guidance = sent.whole("num_inference_steps"), sent.number("guidance_scale")
        return {
            "seed": drawn(key) if seed is None else seed,
            "sound": sound is not False,
            "steps": steps,
            "guidance": guidance,
        }

    def _reference(self, sent: Sent, person: bool | None) -> tuple[Reference | None, intake.Upload | None]:
        """The first frame: by address or asset, or as an uploaded file."""
        file, value = sent.file("input_reference"), sent.take("input_reference")
        if file is not None or value is None or value == "":
            return None, file
        if isinstance(value, str):
            value = {"image_url": value} if re.match(r"(https?:|data:|asset:)", value) else {"file_id": value}
        if not isinstance(value, dict) or len(value) != 1 or next(iter(value)) not in ("image_url", "file_id"):
            raise wrong("'input_reference' is a file, or an object with image_url or file_id", "input_reference")
        name, where = next(iter(value.items()))
        if isinstance(where, dict) and name == "image_url":
            where = where.get("url")
        if not isinstance(where, str) or not 1 <= len(where) <= MAX_URL:
            raise wrong(f"'{name}' must be a string of at most {MAX_URL} characters", f"input_reference.{name}")
        if name == "file_id":
            return Reference(kind="image", role="first_frame", asset=where, person=person), None
        if not re.match(r"(https?://|data:|asset://)", where, re.IGNORECASE):
            raise wrong("'image_url' must begin with http://, https://, data: or asset://", "input_reference.image_url")
        return Reference(kind="image", role="first_frame", url=where, person=person), None

    def _source(self, caller: Caller, sent: Sent, person: bool | None) -> tuple[Job | None, Asset]:
        """The clip to be changed or gone on from: (its job, where it is one of ours; the clip as an asset)."""
        file, value = sent.file("video"), sent.take("video")
        if file is not None:
            return None, self._kept(caller, file, "video", person)
        if isinstance(value, dict) and set(value) == {"id"}:
            value = value["id"]
        if value is None or value == "":
            raise wrong("Missing required parameter: 'video'.", "video", code="missing_parameter")
        if not isinstance(value, str):
            raise wrong("'video' is a file, or an object with the id of a video", "video")
        if value.startswith("asset_"):
            row = self.service.get_asset(caller, value)
            if row.kind != "video":
                raise wrong(f"the asset {value} is {row.kind}, not video", "video")
            return None, row
        try:
            before = self.service.get(caller, openai_video.job_id(value, "video"))
        except JobError as error:
            raise openai_video.missing(value, "video") from error
        if before.state == "removed":
            raise openai_video.missing(value, "video")
        if before.state != "succeeded":
            raise wrong(
                f"Video is not ready yet: its status is {openai_video.STATUS[before.state]}.",
                "video",
                code="video_not_ready",
            )
        return before, clip_of(self.service, caller, before)

    def _kept(self, caller: Caller, file: intake.Upload, kind: str, person: bool | None) -> Asset:
        try:
            return self.service.add_asset(caller, file.path, name=file.name, kind=kind, person=person, consent=None)
        except JobError as error:
            raise JobError(error.code, str(error), field=file.field) from error
        except PhonofilmError as error:
            raise wrong(str(error), file.field, code="reference_failed") from error


def nearest_resolution(width: int, height: int) -> str:
    """The resolution offered whose number of pixels is nearest."""
    return min(media.RESOLUTIONS, key=lambda name: abs(media.size(name)[0] * media.size(name)[1] - width * height))


_FIELDS = {"seconds": "seconds", "duration": "seconds", "resolution": "size", "ratio": "size",
    "references": "input_reference", "sound": "generate_audio",
           "steps": "num_inference_steps", "guidance": "guidance_scale", "engine": "model",
           "task": "model"}  # fmt: skip


def placed(error: PhonofilmError) -> PhonofilmError:
    """Our refusal with the place in a body of theirs."""
    if isinstance(error, Refused):
        return error
    known = as_job_error(error)
    field = known.field
    if field and field.startswith("references"):
        field = "input_reference"
    return JobError(known.code, str(known), field=_FIELDS.get(field or "", field), retry_after=known.retry_after)
