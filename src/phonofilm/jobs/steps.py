"""What each line of the list does, but for the making itself (``jobs.making``). Every step finds what was done before and does only the rest."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from phonofilm.engines import route as routing
from phonofilm.errors import PhonofilmError
from phonofilm.jobs import delivery, looking
from phonofilm.jobs.codes import JobError, as_job_error
from phonofilm.jobs.prices import tokens
from phonofilm.jobs.walk import Carry, Hold, Walk
from phonofilm.media.probe import check_reference, check_together, probe
from phonofilm.spec.reference import Reference
from phonofilm.spec.request import Generate
from phonofilm.storage.fetch import fetch
from phonofilm.trust import gate


def fetch_references(walk: Walk, carry: Carry) -> dict[str, Any]:
    """Bring every reference into the house as an asset: checked by content, whatever its name or its server says."""
    kept, lengths, notes = [], [], []
    for number, reference in enumerate(walk.request.references):
        try:
            brought, seconds, ignored = _brought(walk, reference, number)
        except PhonofilmError as error:
            raise as_job_error(error, field=f"references[{number}]") from error
        kept.append(asdict(brought))
        lengths.append((reference.kind, seconds))
        notes += [f"references[{number}]: not used: {what}" for what in ignored]
        walk.report((number + 1) / len(walk.request.references))
    try:
        check_together(lengths)
    except PhonofilmError as error:
        raise as_job_error(error, field="references") from error
    return {"references": kept, "notes": notes}


def _brought(walk: Walk, reference: Reference, number: int) -> tuple[Reference, float, tuple[str, ...]]:
    """The reference as an asset of the house, how many seconds it lasts, and what of its file is not used."""
    if reference.path is not None:
        probed = probe(Path(reference.path))
        check_reference(probed, field="references", kind=reference.kind)
        return reference, probed.seconds, probed.ignored
    if reference.asset is None and (kept := walk.kept(number)) is not None:
        reference = replace(reference, asset=kept)
    if reference.asset is not None:
        return replace(reference, url=None), walk.asset(reference).get("seconds") or 0.0, ()
    if reference.url is None:
        raise JobError("invalid_parameter", "a reference needs an asset or a url; give one of them")
    config = walk.tools.config
    walk.folder.mkdir(parents=True, exist_ok=True)
    path = walk.folder / f"fetched-{number}"
    fetch(reference.url, path, kinds=(reference.kind,), max_bytes=config.max_upload, allow=config.fetch_allow)
    probed = probe(path)
    check_reference(probed, field="references", kind=reference.kind)
    return replace(reference, asset=walk.keep(reference, path, probed, number), url=None), probed.seconds, probed.ignored


def local_request(walk: Walk, carry: Carry) -> Generate:
    """The request with every reference as a file on this machine."""
    local = []
    for number, plain in enumerate(carry["fetch_references"]["references"]):
        reference = Reference(**plain)
        if reference.path is None:
            row = walk.asset(reference)
            walk.folder.mkdir(parents=True, exist_ok=True)
            path = walk.folder / f"reference-{number}{Path(row['key']).suffix}"
            if not path.exists():
                walk.tools.bucket.get(row["key"], path)
            reference = replace(reference, path=str(path))
        if reference.role == "source":
            reference = replace(reference, origin=walk.origin(reference))
        local.append(reference)
    return replace(walk.request, references=tuple(local)) if local else walk.request


def admit(walk: Walk, carry: Carry) -> dict[str, Any]:
    """The first door: words and references, before anything costs money."""
    if (answer := _answered(walk, "admit", "input_blocked")) is not None:
        return answer
    request = local_request(walk, carry)
    seen = [looking.seen(walk, reference, number) for number, reference in enumerate(request.references)]
    verdict = gate.admit(request.prompt, seen, walk.tools.policy, walk.tools.classifiers, blocked=walk.tools.blocked())
    return _judged(walk, "admit", verdict, "input_blocked")


def _answered(walk: Walk, stage: str, code: str) -> dict[str, Any] | None:
    decision = walk.decided(stage)
    if decision == "block":
        raise JobError(code, "a reviewer has blocked it; you may appeal")
    return {"action": "publish", "by": "review"} if decision == "publish" else None


def _judged(walk: Walk, stage: str, verdict: gate.Verdict, code: str) -> dict[str, Any]:
    plain = verdict.to_plain()
    if verdict.action == "publish":
        return {"verdict": plain}
    walk.note(stage, plain)
    if verdict.action == "review" and walk.decided(stage) == "publish":
        return {"verdict": plain}
    if verdict.action == "review" and walk.tools.config.review:
        raise Hold(stage, plain["findings"], risk=verdict.risk)
    if stage == "admit" and any(f.category == "person" and f.severity == "high" for f in verdict.findings):
        told = "a reference shows a real person without a consent that covers it; put one on record first"
        raise JobError("person_without_consent", told, field="references")
    categories = ", ".join(sorted({f.category for f in verdict.findings if f.severity != "low"})) or "policy"
    version = verdict.policy_version.split(":")[0]
    raise JobError(code, f"refused by policy {version} ({categories}); change it, or appeal", field="prompt" if stage == "admit" else None)


def reserve_cost(walk: Walk, carry: Carry) -> dict[str, Any]:
    """Money is set aside before anything is asked of an engine; a submit through the API did so already."""
    amount = walk.tools.price(walk.request, walk.extra)
    walk.reserve(amount, walk.tools.prices.version)
    return {"reserved": amount, "version": walk.tools.prices.version}


def _traced(walk: Walk, carry: Carry) -> Generate:
    """The request with what is known of its references by now: what was fetched, and how a source was made."""
    known = [Reference(**plain) for plain in carry["fetch_references"]["references"]]
    known = [replace(one, origin=walk.origin(one)) if one.role == "source" else one for one in known]
    return replace(walk.request, references=tuple(known)) if known else walk.request


def route(walk: Walk, carry: Carry) -> dict[str, Any]:
    """Which engines may make it, the preferred one first."""
    config = walk.tools.config
    chosen = routing.choose(_traced(walk, carry), walk.tools.capabilities(), [walk.request.engine], by=config.route_by)
    return {"engines": list(chosen) if config.fallback else list(chosen)[:1]}


def release(walk: Walk, carry: Carry) -> dict[str, Any]:
    """The second door: the clip itself, before anybody sees it."""
    if (answer := _answered(walk, "release", "output_blocked")) is not None:
        return answer
    frames, sound = looking.sampled(walk, carry)
    persons = any(reference.person for reference in walk.request.references)
    tools = walk.tools
    verdict = gate.release(frames, sound, walk.request.prompt, tools.policy, tools.classifiers, blocked=tools.blocked(), persons=persons)
    return _judged(walk, "release", verdict, "output_blocked")


def package(walk: Walk, carry: Carry) -> dict[str, Any]:
    """Watermark, label, subtitles, renditions."""
    if not walk.tools.config.package:
        return {"files": 0}
    return {"files": len(delivery.packaged(walk, carry))}


def sign(walk: Walk, carry: Carry) -> dict[str, Any]:
    """The signed manifest, last of all that touches the files."""
    if not walk.tools.config.package:
        return {"signed": 0}
    return {"signed": len(delivery.signed(walk, carry))}


def store(walk: Walk, carry: Carry) -> dict[str, Any]:
    """Into the bucket, under this execution's own prefix. Nobody sees them before they are published."""
    return {"outputs": delivery.stored(walk, carry)}


def settle_cost(walk: Walk, carry: Carry) -> dict[str, Any]:
    """Bill and publish in one transaction: the job succeeds once, or not here."""
    made = carry["generate"]
    result = dict(made["result"])
    used = result.get("tokens")
    request = replace(walk.request, engine=made["engine"])
    amount = walk.tools.price(request, walk.extra, tokens=used)
    result["tokens"] = used if used is not None else tokens(request)
    walk.publish(carry["store"]["outputs"], result, amount)
    return {"amount": amount}


def notify(walk: Walk, carry: Carry) -> dict[str, Any]:
    """Tell those who wait; then tidy up."""
    walk.notify()
    delivery.tidy(walk, carry)
    return {}
