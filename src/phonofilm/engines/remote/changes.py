"""What a vendor answers otherwise than it did: two recordings of one request, by the shape of their answers. What a run
changes anyway (ids, times, how often it was asked) is no difference; how long it took is told apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from phonofilm.engines.remote.recording import Exchange, Recording, calls

WORDS = ("status", "state")
"""Fields whose words say where a task stands."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One difference."""

    what: str
    """gone | new | type | word | status | kind | clip | call | failure: of the vendor's answers; asked: of what we
    send.
    """
    call: str
    """Such as ``GET /videos/{task}``."""
    field: str = ""
    """Such as ``content.video_url``; list members are ``items[]``."""
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        where = f"{self.call}, {self.field}" if self.field else self.call
        before, after = self.before, self.after
        return {
            "gone": f"{where}: gone (it was {before})",
            "new": f"{where}: new ({after})",
            "type": f"{where}: {after}, was {before}",
            "word": f"{where}: says '{after}', which was not said before ({before})",
            "status": f"{where}: answers {after}, not {before}",
            "kind": f"{where}: comes as {after or 'nothing named'}, not {before or 'nothing named'}",
            "clip": f"{where}: {after}, was {before}",
            "call": f"{where}: {after or before}",
            "failure": f"{where}: the line broke ({after})",
            "asked": f"we send otherwise: {where}: {after or 'no longer'} ({before or 'not sent before'})",
        }[self.what]


@dataclass(frozen=True, kw_only=True)
class Timing:
    """How long one kind of call took, the longest of each run; s."""

    call: str
    before: float
    after: float
    times: tuple[int, int]
    """How often it was made."""


def changes(before: Recording, after: Recording, known: Collection[str] = ()) -> list[Change]:
    """In the order of the calls. ``known``: words of a task's standing that the engine reads; which of them are met
    hangs on when it is asked.
    """
    old, new = calls(before.exchanges), calls(after.exchanges)
    found: list[Change] = []
    for call in dict.fromkeys([*old, *new]):
        if call not in new:
            found.append(Change(what="call", call=call, before="not needed any more, or not reached"))
        elif call not in old:
            found.append(Change(what="call", call=call, after="not made before"))
        else:
            found += _of_call(call, old[call], new[call], known)
    return found


def timings(before: Recording, after: Recording) -> list[Timing]:
    """Of the calls that both made."""
    old, new = calls(before.exchanges), calls(after.exchanges)
    return [
        Timing(
            call=call,
            before=max(e.seconds for e in old[call]),
            after=max(e.seconds for e in new[call]),
            times=(len(old[call]), len(new[call])),
        )
        for call in old
        if call in new
    ]


def _of_call(call: str, old: Sequence[Exchange], new: Sequence[Exchange], known: Collection[str]) -> Iterator[Change]:
    for way in sorted({e.failure for e in new if e.failure} - {e.failure for e in old}):
        yield Change(what="failure", call=call, after=way)
    said, says = ({e.status for e in some if e.status} for some in (old, new))
    for status in sorted(says - said):
        yield Change(what="status", call=call, before=_listed(said), after=str(status))
    yield from _shapes(call, "asked", _asked(old), _asked(new))
    for status in sorted(said & says):
        yield from _answers(call, [e for e in old if e.status == status], [e for e in new if e.status == status], known)


def _answers(call: str, old: Sequence[Exchange], new: Sequence[Exchange], known: Collection[str]) -> Iterator[Change]:
    kinds = {e.kind for e in old}
    for kind in sorted({e.kind for e in new} - kinds):
        yield Change(what="kind", call=call, before=_listed(kinds), after=kind)
    was, now = (
        {str(sorted(clip.items())): clip for e in some if (clip := (e.answer or {}).get("clip"))} for some in (old, new)
    )
    if was and now and not was.keys() & now.keys():
        yield Change(what="clip", call=call, before=_clip(was), after=_clip(now))
    for field in WORDS:
        told = {e.json[field] for e in old if isinstance(e.json, dict) and isinstance(e.json.get(field), str)}
        for word in sorted(
            {e.json[field] for e in new if isinstance(e.json, dict) and isinstance(e.json.get(field), str)} - told
        ):
            if told and word.lower() not in known:
                yield Change(what="word", call=call, field=field, before=_listed(told), after=word)
    seen: set[Change] = set()
    for one, other in _alike(old, new):
        for change in _shapes(call, "", shape(e.json for e in one), shape(e.json for e in other)):
            if change not in seen:
                seen.add(change)
                yield change


def _alike(old: Sequence[Exchange], new: Sequence[Exchange]) -> Iterator[tuple[list[Exchange], list[Exchange]]]:
    """Answers that say the same word, together; and the last of both, whatever it says: a running task has fewer fields
    than one that is done.
    """
    groups = [
        ({word: [e for e in some if _word(e) == word] for word in dict.fromkeys(_word(e) for e in some)})
        for some in (old, new)
    ]
    for word in groups[0]:
        if word in groups[1]:
            yield groups[0][word], groups[1][word]
    if _word(old[-1]) != _word(new[-1]):
        yield [old[-1]], [new[-1]]


def _word(exchange: Exchange) -> str:
    said = exchange.json if isinstance(exchange.json, dict) else {}
    return next((str(said[name]) for name in WORDS if name in said), "")


def _asked(some: Sequence[Exchange]) -> dict[str, set[str]]:
    bodies = [e.asked or {} for e in some]
    return shape(body.get("json", body.get("form")) for body in bodies)


def _shapes(call: str, ours: str, was: dict[str, set[str]], now: dict[str, set[str]]) -> Iterator[Change]:
    for field in sorted(was.keys() | now.keys()):
        old, new = was.get(field, set()), now.get(field, set())
        before, after = _listed(old), _listed(new)
        if not new and any(
            field.startswith((f"{parent}.", f"{parent}[]")) for parent in was if parent and parent not in now
        ):
            continue  # told with what held it
        if not old and any(
            field.startswith((f"{parent}.", f"{parent}[]")) for parent in now if parent and parent not in was
        ):
            continue
        if not new or not old:
            yield Change(what=ours or ("new" if new else "gone"), call=call, field=field, before=before, after=after)
        elif (new - {"null"}) - old and old - {"null"}:
            yield Change(what=ours or "type", call=call, field=field, before=before, after=after)


def shape(values: Any) -> dict[str, set[str]]:
    """Every field of some JSON values, and the types it has in them: object, list, text, address, whole number, number,
    switch, null.
    """
    found: dict[str, set[str]] = {}
    for value in values:
        _walk(value, "", found)
    return found


def _walk(value: Any, where: str, found: dict[str, set[str]]) -> None:
    if where:
        found.setdefault(where, set()).add(_type(value))
    if isinstance(value, dict):
        for name, one in value.items():
            _walk(one, f"{where}.{name}" if where else name, found)
    elif isinstance(value, list):
        for one in value:
            _walk(one, f"{where}[]", found)


def _type(value: Any) -> str:
    if isinstance(value, str):
        return "address" if value.startswith("{file") else "data" if value.startswith("{data") else "text"
    if isinstance(value, bool) or value is None:
        return "null" if value is None else "switch"
    return {int: "whole number", float: "number", dict: "object", list: "list"}[type(value)]


def _listed(some: Any) -> str:
    return ", ".join(sorted(str(one) for one in some))


def _clip(some: dict[str, dict[str, Any]]) -> str:
    return ", ".join(f"{one['width']}x{one['height']}, {one['frames']} frames" for one in some.values())
