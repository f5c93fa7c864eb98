"""Which engine does it: by what is asked, by what each can do, by price. Refusals name an engine that could."""

from __future__ import annotations

from collections.abc import Sequence

from phonofilm.errors import RequestError
from phonofilm.spec.capability import Capability
from phonofilm.spec.request import Generate

AUTO = "auto"
"""As an engine's name: any that can."""
WAYS = ("capability", "price")


def choose(
    request: Generate, engines: Sequence[Capability], prefer: Sequence[str] = (), by: str = "capability"
) -> list[str]:
    """The engines to try, the first to use first; the others stand in only while no engine has accepted the work.

    ``prefer`` are the engines a model's name maps to, best first; without it the engine the request names, or with
    ``auto`` every engine that is there (but for trial ones), in the order given. By ``price`` the cheapest that can
    comes first; equals keep their order. Raises RequestError, with the first engine's reason and the name of an engine
    that could, where none can.
    """
    if by not in WAYS:
        raise RequestError(f"there is no routing by '{by}'; choose one of {', '.join(WAYS)}")
    known = {engine.engine: engine for engine in engines}
    if prefer:
        wanted = [known[name] for name in prefer if name in known]
        missing = ", ".join(name for name in prefer if name not in known)
    elif request.engine == AUTO:
        wanted, missing = [engine for engine in engines if not engine.trial], ""
    else:
        wanted, missing = [known[request.engine]] if request.engine in known else [], request.engine
    if not wanted:
        offered = ", ".join(known) or "none"
        raise RequestError(
            f"there is no engine '{missing or request.engine}' here; choose one of {offered}", field="model"
        )
    refusals = {engine.engine: refusal(engine, request) for engine in wanted}
    able = [engine for engine in wanted if refusals[engine.engine] is None]
    if not able:
        first = refusals[wanted[0].engine]
        raise RequestError(f"{first}{_remedy(request, engines, set(refusals))}", field=first.field if first else None)
    if by == "price":
        able.sort(key=lambda engine: cost(engine, request))
    return [engine.engine for engine in able]


def refusal(engine: Capability, request: Generate) -> RequestError | None:
    """Why ``engine`` cannot do it, in one line and with the field that it is about; None: it can."""
    try:
        engine.admit(request)
    except RequestError as error:
        return error
    return None


def cost(engine: Capability, request: Generate) -> float:
    """Dollars by list price: seconds, weighed by the size of the picture against 720p."""
    width, height = request.size
    return engine.usd_per_second * request.seconds * (width * height) / (1280 * 720)


def _remedy(request: Generate, engines: Sequence[Capability], tried: set[str]) -> str:
    could = [
        engine.engine
        for engine in engines
        if engine.engine not in tried and not engine.trial and refusal(engine, request) is None
    ]
    if could:
        return f"; engine {could[0]} could do it"
    return "; no other engine here could do it either" if len(engines) > len(tried) else ""
