"""What each line of the list does, but for the making itself (``jobs.run.making``). Every step finds what was done
before and does only the rest."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

from phonofilm.clip import moderate
from phonofilm.clip.bring import about, bring_one
from phonofilm.engines import route as routing
from phonofilm.jobs.codes import JobError
from phonofilm.jobs.money.prices import tokens
from phonofilm.jobs.run import delivery
from phonofilm.jobs.run.carried import Carry, Fetched, Judged, Packaged, Reserved, Routed, Settled, Signed, Stored, Told
from phonofilm.jobs.run.orders import local_request, ordered, seen
from phonofilm.jobs.run.walk import Hold, Walk
from phonofilm.media.probe import check_together
from phonofilm.spec.plain import ResultPlain
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import Generate
from phonofilm.trust.gate import Verdict


def fetch_references(walk: Walk, carry: Carry) -> Fetched:
    """Bring every reference into the house as an asset: checked by content, whatever its name or its server says."""
    kept, lengths, notes = [], [], []
    for number, reference in enumerate(walk.request.references):
        with about(f"references[{number}]"):
            brought, seconds, ignored = _brought(walk, reference, number)
        kept.append(asdict(brought))
        lengths.append((reference.kind, seconds))
        notes += [f"references[{number}]: not used: {what}" for what in ignored]
        walk.report((number + 1) / len(walk.request.references))
    with about("references"):
        check_together(lengths)
    return {"references": kept, "notes": notes}


def _brought(walk: Walk, reference: Reference, number: int) -> tuple[Reference, float, tuple[str, ...]]:
    """The reference as an asset of the house, how many seconds it lasts, and what of its file is not used."""
    if reference.asset is None and (kept := walk.kept(number)) is not None:
        reference = replace(reference, asset=kept)
    if reference.asset is not None:
        return replace(reference, url=None), walk.asset(reference).seconds or 0.0, ()
    here = bring_one(replace(reference, path=None), walk.folder, number, walk.tools.config)
    asset = walk.keep(reference, Path(str(here.reference.path)), here.probed, number)
    return replace(reference, asset=asset, url=None, path=None), here.probed.seconds, here.probed.ignored


def admit(walk: Walk, carry: Carry) -> Judged:
    """The first door: words and references, before anything costs money."""
    if (answer := _answered(walk, "admit", "input_blocked")) is not None:
        return answer
    request = local_request(walk, carry)
    return _judged(walk, "admit", moderate.admit(request, walk.tools, seen(walk, request)))


def _answered(walk: Walk, stage: str, code: str) -> Judged | None:
    decision = walk.decided(stage)
    if decision == "block":
        raise JobError(code, "a reviewer has blocked it; you may appeal")
    return {"action": "publish", "by": "review"} if decision == "publish" else None


def _judged(walk: Walk, stage: str, verdict: Verdict) -> Judged:
    plain = verdict.to_plain()
    if verdict.action == "publish":
        return {"verdict": plain}
    walk.note(stage, plain)
    if verdict.action == "review" and walk.decided(stage) == "publish":
        return {"verdict": plain}
    if verdict.action == "review" and walk.tools.config.review:
        raise Hold(stage, plain["findings"], risk=verdict.risk)
    raise moderate.refusal(verdict, stage)


def reserve_cost(walk: Walk, carry: Carry) -> Reserved:
    """Money is set aside before anything is asked of an engine; a submit through the API did so already."""
    amount = walk.tools.price(walk.request, walk.extra)
    walk.reserve(amount, walk.tools.prices.version)
    return {"reserved": amount, "version": walk.tools.prices.version}


def _traced(walk: Walk, carry: Carry) -> Generate:
    """The request with what is known of its references by now: what was fetched, and how a source was made."""
    known = [Reference(**plain) for plain in carry["fetch_references"]["references"]]
    known = [replace(one, origin=walk.origin(one)) if one.role == "source" else one for one in known]
    return replace(walk.request, references=tuple(known)) if known else walk.request


def route(walk: Walk, carry: Carry) -> Routed:
    """Which engines may make it, the preferred one first."""
    config = walk.tools.config
    chosen = routing.choose(_traced(walk, carry), walk.tools.capabilities(), [walk.request.engine], by=config.route_by)
    return {"engines": list(chosen) if config.fallback else list(chosen)[:1]}


def release(walk: Walk, carry: Carry) -> Judged:
    """The second door: the clip itself, before anybody sees it."""
    if (answer := _answered(walk, "release", "output_blocked")) is not None:
        return answer
    return _judged(walk, "release", moderate.release(ordered(walk, carry), delivery.watched(walk, carry), walk.tools))


def package(walk: Walk, carry: Carry) -> Packaged:
    """What goes beside the file: subtitles, streaming renditions."""
    return {"files": len(delivery.packaged(walk, carry))}


def sign(walk: Walk, carry: Carry) -> Signed:
    """The signed manifest, last of all that touches the files."""
    return {"signed": len(delivery.signed(walk, carry))}


def store(walk: Walk, carry: Carry) -> Stored:
    """Into the bucket, under this execution's own prefix. Nobody sees them before they are published."""
    return {"outputs": delivery.stored(walk, carry)}


def settle_cost(walk: Walk, carry: Carry) -> Settled:
    """Bill and publish in one transaction: the job succeeds once, or not here."""
    made = carry["generate"]
    used = made["result"].get("tokens")
    request = replace(walk.request, engine=made["engine"])
    amount = walk.tools.price(request, walk.extra, tokens=used)
    result: ResultPlain = {**made["result"], "tokens": used if used is not None else tokens(request)}
    walk.publish(carry["store"]["outputs"], result, amount)
    return {"amount": amount}


def notify(walk: Walk, carry: Carry) -> Told:
    """Tell those who wait; then tidy up."""
    walk.notify()
    delivery.tidy(walk, carry)
    return {}
