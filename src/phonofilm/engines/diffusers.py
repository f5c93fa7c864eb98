"""Open joint audio-video checkpoints through diffusers: LTX-2.x, Kandinsky 6, MiniMax-H3, from a local path or a hub
id.

In a service this lives in a child process. The operator accepts each family's licence by name (``engines.declared``).
"""

from __future__ import annotations

import contextlib
import inspect
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from phonofilm.engines import attach, declared
from phonofilm.engines.base import Cancel, Report, stop_if
from phonofilm.errors import EngineError, MissingExtra, WeightsError
from phonofilm.media.picture import load
from phonofilm.media.scale import Scaled
from phonofilm.prompt.script import Script
from phonofilm.spec import clock
from phonofilm.spec.capability import Capability
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import Generate
from phonofilm.spec.result import Progress, Result

DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}
OFFLOADS = ("none", "model", "sequential")
RATE = 48_000
Made = tuple[NDArray[np.float32], Any, int]
"""Pictures [n, height, width, 3] in 0..1, sound (tensor, array or None), its rate."""


class DiffusersEngine:
    """One checkpoint of one family. Loaded on first use and kept.

    ``max_pixels`` is the largest picture composed (what is asked for beyond it is scaled up); ``options`` go to the
    pipeline's call as they are; ``workflow`` (MiniMax-H3: t2va, fl2va, ref2va) loads only the half that does it;
    ``embed`` gives the text's embeddings as the pipeline's call takes them, where the text encoder runs elsewhere;
    ``pipeline`` is one that is loaded already.
    """

    def __init__(
        self,
        name: str = "diffusers",
        *,
        family: str,
        model: str | Path = "",
        licence: str = "",
        dtype: str = "bfloat16",
        device: str | None = None,
        offload: str = "none",
        revision: str | None = None,
        workflow: str | None = None,
        max_pixels: int = 768 * 1344,
        options: Mapping[str, Any] | None = None,
        adjust: Mapping[str, Any] | None = None,
        embed: Callable[[str], dict[str, Any]] | None = None,
        pipeline: Any = None,
    ) -> None:
        self._capability = declared.diffusers(
            name, {"family": family, "licence": licence, "adjust": adjust, "workflow": workflow}
        )
        if dtype not in DTYPES or offload not in OFFLOADS:
            raise EngineError(
                f"engine {name}: dtype is one of {', '.join(DTYPES)}, offload one of {', '.join(OFFLOADS)}"
            )
        self.name, self.family, self.model, self.licence = (
            name,
            declared.FAMILIES[family],
            str(model or declared.FAMILIES[family].hub),
            licence,
        )
        self.dtype, self.offload, self.revision, self.workflow, self.max_pixels = (
            DTYPES[dtype],
            offload,
            revision,
            workflow,
            max_pixels,
        )
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.options, self.embed, self._pipeline = dict(options or {}), embed, pipeline
        self._work = {"ltx2": self._ltx2, "kandinsky6": self._kandinsky6, "minimax-h3": self._minimax_h3}[family]
        self._lock = threading.Lock()

    def capability(self) -> Capability:
        """What the family takes, and what the operator said of this checkpoint."""
        return self._capability

    @torch.no_grad()
    def generate(
        self,
        request: Generate,
        *,
        script: Script | None = None,
        progress: Report | None = None,
        cancel: Cancel | None = None,
    ) -> Result:
        """Compose at the nearest size the network takes, then scale and cut to what was asked for."""

        def tell(stage: str, done: int, total: int) -> None:
            stop_if(cancel)
            if progress:
                progress(Progress(stage=stage, done=done, total=total))

        self._capability.admit(request)
        started = time.perf_counter()
        with self._lock:
            tell("read", 0, 1)
            pipeline = self._pipeline = self._pipeline or self._load()
            tell("read", 1, 1)
            read = time.perf_counter()
            pictures, sound, rate = self._work(pipeline, request, tell)
        count = clock.frames(request.seconds)
        if len(pictures) < count:
            raise EngineError(f"engine {self.name} made {len(pictures)} of {count} pictures; check the checkpoint")
        frames = np.stack([(picture * 255).round().clip(0, 255).astype(np.uint8) for picture in pictures[:count]])
        size = (frames.shape[2], frames.shape[1])
        notes = (
            ()
            if size == request.size
            else (f"composed at {size[0]}x{size[1]} and scaled to {request.size[0]}x{request.size[1]}",)
        )
        return Result(
            frames=Scaled(frames, request.size),
            n_frames=count,
            sound=stereo(sound if request.sound else None, rate, count),
            rate=RATE,
            size=request.size,
            native_size=size,
            prompt=request.prompt,
            engine=self.name,
            seed=request.seed,
            notes=notes,
            timings={"read": read - started, "generate": time.perf_counter() - read},
            details={
                "pipeline": self.family.pipeline,
                "model": self.model,
                "revision": self.revision or "",
                "licence": self.family.licence,
            },
        )

    # -- the families
    # ----------------------------------------------------------------------------------------------------

    def _ltx2(self, pipe: Any, request: Generate, tell: Callable[[str, int, int], None]) -> Made:
        said = self._common(request)
        said.update(
            frame_rate=float(clock.FPS),
            output_type="np",
            callback_on_step_end=_counting(tell, said["num_inference_steps"]),
        )
        if request.guidance is not None:
            said.update(
                guidance_scale=request.guidance,
                audio_guidance_scale=request.guidance * 7 / 3 if request.guidance > 1 else 1.0,
            )
            if request.guidance <= 1:
                said.update(stg_scale=0.0, audio_stg_scale=0.0, modality_scale=1.0, audio_modality_scale=1.0)
        first = _role(request, "first_frame")
        if first:
            pipe = _again(_library("diffusers").LTX2ImageToVideoPipeline, pipe)
            pipe.set_progress_bar_config(disable=True)
            said["image"] = _picture(first)
        out = pipe(**self._text(request), **{**said, **self.options})
        return out.frames[0], out.audio[0], int(pipe.vocoder.config.output_sampling_rate)

    def _kandinsky6(self, pipe: Any, request: Generate, tell: Callable[[str, int, int], None]) -> Made:
        said = self._common(request)
        said.update(
            frame_rate=float(clock.FPS),
            output_type="np",
            sample_audio=request.sound,
            callback_on_step_end=_counting(tell, said["num_inference_steps"]),
        )
        if request.guidance is not None:
            said["guidance_scale"] = request.guidance
        first = _role(request, "first_frame")
        if first:
            said["image"] = _picture(first)
        out = pipe(**self._text(request), **{**said, **self.options})
        return out.frames[0], None if out.audio is None else out.audio[0], int(pipe.audio_sample_rate)

    def _minimax_h3(self, pipe: Any, request: Generate, tell: Callable[[str, int, int], None]) -> Made:
        said = self._common(request)
        said.update(output_type="np")
        for role, field in (("first_frame", "image"), ("last_frame", "last_image")):
            found = _role(request, role)
            if found:
                said[field] = _picture(found)
        if any(reference.role == "reference" for reference in request.references):
            library = _library("diffusers.modular_pipelines.minimax_h3")
            kinds = {
                kind: getattr(library, f"MiniMaxH3{kind.capitalize()}Reference") for kind in ("image", "video", "audio")
            }
            said["references"] = [kinds[reference.kind].from_file(_path(reference)) for reference in request.references]
        with _watched(pipe, tell, said["num_inference_steps"]):
            out = pipe(**self._text(request), **{**said, **self.options}, output=["videos", "audio", "sampling_rate"])
        return np.asarray(out["videos"][0]), out["audio"][0], int(out["sampling_rate"])

    # -- what they share
    # -------------------------------------------------------------------------------------------------

    def _common(self, request: Generate) -> dict[str, Any]:
        width, height = composed(request.size, self.family.step, self.max_pixels)
        frames = clock.frames(request.seconds)
        frames += (self.family.extra - frames) % self.family.frames
        steps = (
            request.steps
            or self.options.get("num_inference_steps")
            or {"LTX2Pipeline": 30, "Kandinsky6TI2VAPipeline": 50}.get(self.family.pipeline, 20)
        )
        generator = torch.Generator("cpu").manual_seed(request.seed)
        return {
            "width": width,
            "height": height,
            "num_frames": frames,
            "num_inference_steps": steps,
            "generator": generator,
        }

    def _text(self, request: Generate) -> dict[str, Any]:
        label = "<{kind} {number}>" if self.family.pipeline.startswith("MiniMax") else "[{kind} {number}]"
        prompt = attach.renamed(request.prompt, request.references, label).replace("<Image ", "<Picture ")
        return self.embed(prompt) if self.embed else {"prompt": prompt}

    def _load(self) -> Any:
        diffusers = _library("diffusers")
        local = Path(self.model).exists()
        if not local and self.model.startswith(("/", ".", "~")):
            raise WeightsError(
                f"engine {self.name}: there is no folder '{self.model}' with a checkpoint; check the setting model"
            )
        where: dict[str, Any] = {"local_files_only": local, **({"revision": self.revision} if self.revision else {})}
        try:
            if self.family.pipeline.startswith("MiniMax"):
                pipe = diffusers.ModularPipeline.from_pretrained(
                    self.model, **where, **({"workflow": self.workflow} if self.workflow else {})
                )
                pipe.load_components(dtype=self.dtype)
            else:
                pipe = getattr(diffusers, self.family.pipeline).from_pretrained(
                    self.model, dtype=self.dtype, use_safetensors=True, **where
                )
                pipe.set_progress_bar_config(disable=True)
            if self.offload == "model":
                pipe.enable_model_cpu_offload(device=self.device)
            elif self.offload == "sequential":
                pipe.enable_sequential_cpu_offload(device=self.device)
            else:
                pipe.to(self.device)
        except ImportError as error:
            raise MissingExtra(
                f"engine {self.name} needs another package ({str(error).strip().splitlines()[0][:200]}); install it"
                " with pip"
            ) from error
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise WeightsError(
                f"engine {self.name}: '{self.model}' cannot be loaded as {self.family.pipeline} ({str(error)[:200]});"
                " check model and family"
            ) from error
        return pipe


def composed(size: tuple[int, int], step: int, max_pixels: int) -> tuple[int, int]:
    """The size nearest to ``size`` (width, height) whose sides are multiples of ``step`` and that has about
    ``max_pixels`` pixels at most."""
    shrink = min(1.0, math.sqrt(max_pixels / (size[0] * size[1])))
    width, height = (max(step, math.floor(side * shrink / step + 0.5) * step) for side in size)
    return width, height


def stereo(sound: Any, rate: int, n_frames: int) -> NDArray[np.float32]:
    """Whatever a pipeline gives ([samples], [channels, samples]; tensor or array) as [2, n_frames * 2000] at 48 kHz;
    None is silence."""
    out = np.zeros((2, n_frames * RATE // clock.FPS), np.float32)
    if sound is None:
        return out
    given = np.atleast_2d(
        sound.float().cpu().numpy() if isinstance(sound, torch.Tensor) else np.asarray(sound, np.float32)
    )
    if rate != RATE:
        from scipy.signal import resample_poly

        ratio = Fraction(RATE, rate)
        given = resample_poly(given, ratio.numerator, ratio.denominator, axis=-1)
    if given.shape[0] == 1:
        given = np.repeat(given, 2, axis=0)
    length = min(out.shape[1], given.shape[1])
    out[:, :length] = np.clip(np.nan_to_num(given[:2, :length]), -1, 1)
    return out


def _counting(tell: Callable[[str, int, int], None], total: int) -> Callable[..., dict[str, Any]]:
    def after(pipe: Any, step: int, timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
        tell("denoise", min(step + 1, total), total)
        return {}

    return after


@contextlib.contextmanager
def _watched(pipe: Any, tell: Callable[[str, int, int], None], total: int) -> Iterator[None]:
    """Report every forward pass of the transformer: a modular pipeline has no callback, and there one pass is one step
    (the last point of its grid takes none)."""
    done, total = 0, max(1, total - 1)

    def after(*_: Any) -> None:
        nonlocal done
        done += 1
        tell("denoise", min(done, total), total)

    networks = [
        network for name in ("transformer", "transformer_ref") if (network := getattr(pipe, name, None)) is not None
    ]
    handles = [network.register_forward_hook(after) for network in networks]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _role(request: Generate, role: str) -> Reference | None:
    return next((reference for reference in request.references if reference.role == role), None)


def _path(reference: Reference) -> str:
    if reference.path is None:
        raise EngineError(
            f"the {reference.kind} reference has not been fetched yet; engines take checked local files only"
        )
    return reference.path


def _picture(reference: Reference) -> Image.Image:
    return Image.fromarray(load(_path(reference)))


def _library(name: str) -> Any:
    return import_module(name)


def _again(kind: Any, pipe: Any) -> Any:
    """The same networks in another pipeline."""
    known = inspect.signature(kind).parameters
    return kind(**{name: value for name, value in pipe.components.items() if name in known})
