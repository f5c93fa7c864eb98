"""Who speaks a line: the label or the narration's word for the speaker, bound to one of the cast."""

from __future__ import annotations

from dataclasses import replace

from phonofilm.theatre.lexicon import nouns
from phonofilm.theatre.reading.company import FEMALE, MALE, NOBODY, ORDINALS, by_name, fits, lately
from phonofilm.theatre.reading.plan import Plan, Role, Turn
from phonofilm.theatre.reading.reading import read
from phonofilm.theatre.reading.scan import tokens_of

SMALL_TALK = (
    "Hello there, how are you today?",
    "What a lovely place this is.",
    "Look over there, can you see it?",
    "I was just thinking of you.",
    "Well, here we are at last.",
)


def turn_of(plan: Plan, speaker: str, cast: list[Role]) -> Turn | None:
    """The turn of the one who speaks in this shot, added where the shot does not show them yet; None for a voice
    without a body.

    The same label means the same person in every shot. A label that suits nobody brings somebody new into ``cast``.
    """
    label = speaker.lstrip("@").lower()
    role = by_name(label, cast)
    if role is None:
        wanted = read(label, []).turns
        if wanted and wanted[0].role.kind == "person":
            role = _described(wanted[0].role, label, plan, cast)
            if role.word in _PRONOUNS and wanted[0].role.word:
                role.word = wanted[0].role.word  # "Witch: ... She stirs": the label tells who she is
                for part, wears in wanted[0].role.clothes.items():
                    role.clothes.setdefault(part, wears)
        elif wanted and wanted[0].role.cutout is not None:
            alike = [one for one in (*(turn.role for turn in plan.turns), *lately(cast)) if one.cutout is not None]
            same = [
                one
                for one in alike
                if one.kind == wanted[0].role.kind or label in one.word.split() or label in one.word
            ]
            role = same[0] if same else wanted[0].role
        else:
            role = _other(label, plan, cast)
    if role is None:
        return None
    for turn in plan.turns:
        if turn.role is role:
            return turn
    if all(role is not known for known in cast):
        role.number = len(cast)
        cast.append(role)
    plan.turns.append(Turn(role=role))
    return plan.turns[-1]


def _people(plan: Plan) -> list[Role]:
    return [turn.role for turn in plan.turns if turn.role.kind == "person"]


_PRONOUNS = ("she", "he", "they", "it")


def _described(who: Role, label: str, plan: Plan, cast: list[Role]) -> Role:
    """ "girl", "old man", "blonde woman", "girl in blue", "second girl"."""
    if not any(token.category == "colour" for token in tokens_of(label)[0]):
        who = replace(who, colour=None)  # a profession's usual coat tells nobody from another
    groups = (_people(plan), lately([role for role in cast if role.kind == "person"]))
    order = next((ORDINALS[word] for word in label.split() if word in ORDINALS), None)
    if order is not None:
        row = [role for role in cast if fits(role, "person", who.person, who.colour)]
        return row[order] if len(row) > order else who
    if "other" in label.split():
        # Not the one of whom the shot speaks first.
        both = groups[0] + [role for role in groups[1] if all(role is not one for one in groups[0])]
        row = [role for role in both if fits(role, "person", who.person, who.colour)]
        return row[1] if len(row) > 1 else who
    same = [role for group in groups for role in group if role.kind == "person" and who.word and who.word == role.word]
    if same:
        return max(same, key=lambda role: _agreed(who, role))
    for least in (2, 1):
        for group in groups:
            suited = [
                role
                for role in group
                if fits(role, "person", who.person, who.colour) >= least and not _other_trade(who, role)
            ]
            suited.sort(key=lambda role: -_agreed(who, role))
            if suited:
                return suited[0]
    return who


def _other_trade(who: Role, role: Role) -> bool:
    """Do both have a profession, and not the same: a nurse is no detective?"""
    trades = nouns.professions()
    return who.word in trades and role.word in trades and who.word != role.word


def _agreed(who: Role, role: Role) -> int:
    """In how much of what is said the two descriptions agree."""
    return sum(
        1
        for a, b in ((who.colour, role.colour), (who.hair, role.hair), (who.hair_colour, role.hair_colour))
        if a is not None and a == b
    )


def _other(label: str, plan: Plan, cast: list[Role]) -> Role | None:
    """A pronoun, a name, or nobody named."""
    here, known = _people(plan), [role for role in cast if role.kind == "person"]
    if label == "narrator" or (label in NOBODY and not here):
        return None
    sexes = {"she": FEMALE, "her": FEMALE, "he": MALE, "him": MALE, "his": MALE}
    if label in sexes:
        of = (*sexes[label], "person", "child")
        return next((role for role in (*here, *lately(known)) if role.person in of), None) or Role(
            kind="person", person=of[0]
        )
    if label in NOBODY:
        return here[0]
    # A name: it belongs to whoever has none yet, and stays theirs.
    role = next((role for role in (*here, *lately(known)) if role.name is None), None) or Role(
        kind="person", person="person", word=label
    )
    role.name = label
    return role
