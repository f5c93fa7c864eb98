"""Who is there: the nouns, professions and pronouns of a shot's words, and which of the cast each means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from phonofilm.theatre.lexicon import cutouts, families, nouns
from phonofilm.theatre.reading import framing
from phonofilm.theatre.reading.company import FEMALE, MALE, Prologue, another, by_name, lately, meant, worn
from phonofilm.theatre.reading.describing import DescribingReader
from phonofilm.theatre.reading.plan import Plan, Role, Turn, handy
from phonofilm.theatre.reading.scan import ADJECTIVES, Token

_APART = (
    "next to",
    "next",
    "beside",
    "near",
    "at",
    "to",
    "toward",
    "towards",
    "behind",
    "under",
    "around",
    "past",
    "on",
    "over",
    "into",
    "front",
    "through",
    "above",
    "across",
    "against",
    "from",
)
"""Words that put a thing somewhere else than in a hand."""
_HANDLING = ("drum", "ring", "knock", "kick", "close", "drop", "strike", "play")


def lives(role: Role) -> bool:
    """Does it act of itself, or for want of anybody who does: people and props, animals and vehicles, but no jersey?"""
    return role.cutout is None or role.cutout.nature.move not in ("stand", "grow", "burn")


_BEFORE = 100  # characters before a noun that are looked at for what opens it
_WORN = re.compile(
    r"\b(?:wear(?:s|ing)?|wore|dressed in|puts? on|putting on|ties?|tying|laces?)(?: (?!and\b)[\w-]+){0,3} $",
    re.IGNORECASE,
)
"""What ends with this opens what somebody has on."""
_MANY = re.compile(
    r"\b(?:flock|herd|swarm|school|pack|group|bunch|dozens?|hundreds?|colony|shoal)s? of (?:[\w-]+ ){0,2}$",
    re.IGNORECASE,
)
_INSTRUMENTS = frozenset(
    "ukulele guitar guitars violin violins cello tuba trumpet saxophone sax flute harp accordion banjo drums drum drum"
    " taiko harmonica clarinet organ piano bagpipes".split()
)


def token_breaks(tokens: Sequence[Token], i: int) -> bool:
    """Does a sentence end within the few words before ``i``?"""
    return any(token.breaks == 2 for token in tokens[max(0, i - 3) : i + 1])


_TOLD = ("size", "material", "hair", "hair_colour", "mood")
"""What is told of somebody before the noun."""
_DEALING = (
    "drum", "ring", "knock", "drop", "break", "strike", "close", "kick", "play", "stand", "roll", "bounce", "slide",
    "topple",
)  # fmt: skip
"""What people do with the thing that is told of next."""


class NamingReader(DescribingReader):
    """Finds who and what is told of. Verbs and places are ``reading``'s."""

    def __init__(self, text: str, tokens: list[Token], plan: Plan, prologue: Prologue | None, cast: list[Role]) -> None:
        super().__init__(tokens, plan, prologue, cast)
        self.text = text
        self.handled: Turn | None = None
        self.beside: list[Turn | None] = []
        """Who was only told of as whom another one deals with."""
        self.told_at = 0
        """The token that last told of a person."""
        self.manner: str | None = None
        """The family of a verb that waits for who does it."""
        self.cards: list[int] = []
        """Tokens of nouns that nothing draws."""
        self.again = list(prologue.roles) if prologue is not None else []

    def _noun(self, i: int, kind: str, person: str, cutout: cutouts.Cutout | None = None) -> None:
        """A noun: whom it means, what waited for it, and what it is to whoever was told of before."""
        colour = self.pending.pop("colour", None)
        role = self._whom(i, kind, person, cutout, colour)
        made = []
        for n in range(self.count):
            current = role if n == 0 else self._repeated(i, kind)
            if current is None:
                current = Role(
                    kind=kind,
                    person=person,
                    number=len(self.cast),
                    seen=self.shot,
                    cutout=cutout,
                    word=self.tokens[i].text,
                )
                self.cast.append(current)
            self._described(current, i, person)
            if n == 0:
                if colour is not None and current.colour is None:
                    current.colour = colour
                    current.tint = colour if cutout is not None else None
                self.nouns[i] = current
                current.reference, self.likening = current.reference or self.likening, None
            made.append(self._turn(current, self.tokens[i]))
        for key in _TOLD:
            self.pending.pop(key, None)
        self.count = 1
        turn, doer = made[0], self.subject
        if (
            doer is None
            and kind != "person"
            and any(a in _HANDLING for a, _ in self.waiting)
            and any(t.category == "person" for t in self.tokens[i + 1 :])
        ):
            # "Knocking on a door: a boy": the thing waits with its verb for who does it.
            self.handled = turn
            self.plan.turns.remove(turn)
            return
        if doer is not None and self._is_object(i, turn, doer, kind != "person", cutout is None):
            doer.object, turn.subject = turn, doer
            return
        if self.waiting:
            for action, pace in self.waiting:
                for each in made:
                    self._give(each, action, pace)
            self.waiting = []
        self.subject = turn
        self.on_camera = False
        self._settled(i, turn, kind, person)

    def _whom(self, i: int, kind: str, person: str, cutout: cutouts.Cutout | None, colour: str | None) -> Role | None:
        """Who of the cast a noun means; None: somebody new."""
        determiner = next(
            (
                t.text
                for t in reversed(self.tokens[:i])
                if t.category not in ADJECTIVES and t.text not in ("old", "young")
            ),
            "",
        )
        if self.count > 1:
            determiner = "two"
        said = colour or self.dressing.get("coat", ("", None))[1] or (worn(self.tokens, i) if person else None)
        naming = by_name(self.naming, self.cast) if self.naming else None
        role = (
            self._repeated(i, kind)
            or naming
            or meant(determiner, kind, person, said, [t.role for t in self.plan.turns], self._earlier(determiner))
        )
        if role is not None and role is not naming and another(role, person, self.tokens[i].text, self.shot):
            role = None  # the villain is not the heroine
        if role is None and cutout is not None and determiner in ("the", "this", "that", "its", "his", "her"):
            last = self.tokens[i].text.split()[-1]
            role = next(
                (
                    one
                    for one in lately(self.cast)
                    if one.cutout is not None and " " in one.word and one.word.split()[-1] == last
                ),
                None,
            )
        return role

    def _described(self, role: Role, i: int, person: str) -> None:
        """Give somebody the clothes, the name and the looks that waited for their noun."""
        if person:
            for part, wears in self.dressing.items():
                role.clothes.setdefault(part, wears)
            if "coat" in self.dressing:
                role.colour = role.colour or self.dressing["coat"][1]
            self.dressing = {}
            role.name, self.naming = role.name or self.naming, None
        if self.prologue is not None and self._in_prologue(self.tokens[i]) and self.shot == 1:
            self.prologue.roles.append(role)
        for key in _TOLD:
            if key in self.pending and getattr(role, key) is None:
                setattr(role, key, self.pending[key])

    def _is_object(self, i: int, turn: Turn, doer: Turn, thing: bool, own: bool) -> bool:
        """Is it what whoever was told of before deals with or runs into? ``thing``: no person; ``own``: a prop of the
        theatre's own, which people can deal with."""
        own_verb = self.verb_follows(i) and not (doer.action == "drop" and doer.role.kind == "person")
        if doer is turn or doer.action is None or turn.action is not None or doer.object is not None or own_verb:
            return False
        moves = doer.role.kind != "person"
        into = next((t.text for t in reversed(self.tokens[:i]) if t.category in ("glue", "action")), "")
        if thing and moves and (into in ("into", "against") or into.endswith(" into")):
            doer.action = "collide"
        if not moves:
            return thing and own and doer.action in _DEALING
        return thing and doer.action in ("collide", "strike", "roll", "slide", "bounce")

    def _settled(self, i: int, turn: Turn, kind: str, person: str) -> None:
        """What follows from who is told of now: things told of before may be theirs, verbs that waited are."""
        if person:
            self.told_at = i
            if not self.text.isascii() and not token_breaks(self.tokens, i):
                for thing in self.plan.turns:
                    if thing is not turn and thing.hand is None and thing.role.kind != "person":
                        thing.hand = turn  # "a red umbrella holding woman": the thing comes first
        if self.manner is not None:
            turn.family, self.manner = turn.family or self.manner, None
        if self.handled is not None and kind == "person":
            turn.object, self.handled.subject = self.handled, turn
            self.plan.turns.append(self.handled)
            self.handled = None

    def _repeated(self, i: int, kind: str) -> Role | None:
        """Whom this noun of the words before the first shot meant when they were read for an earlier shot."""
        if self._in_prologue(self.tokens[i]) and self.again and self.again[0].kind == kind:
            return self.again.pop(0)
        return None

    def _earlier(self, determiner: str) -> list[Role]:
        """Whom a noun may mean beside those of this shot."""
        return [role for role in self.cast if determiner not in ("a", "an") or role.seen < self.shot]

    def _kind(self, i: int, token: Token) -> None:
        doer = self.subject
        if (
            token.text == "drums"
            and doer is not None
            and doer.role.kind == "person"
            and doer.action is None
            and self.tokens[i - 1].category in ("person", "name", "mention", "clothes", "colour", "pronoun")
        ):
            if "colour" in self.pending:
                doer.role.colour = doer.role.colour or self.pending.pop("colour")
            self._give(doer, "drum", "normal")
            return
        if self._rigged(i, token.value == "car") or self._played(i):
            return
        self._noun(i, token.value, "")
        thing = next((turn for turn in self.plan.turns if turn.role is self.nouns[i]), None)
        if thing is not None:
            self._offer(doer, thing, i)

    def _rigged(self, i: int, moves: bool) -> bool:
        """Is it what carries the camera: "the camera tracks from a vehicle"?"""
        article, carrier = (
            [token.text for token in self.tokens[max(0, i - 2) : i]][-2:]
            or [
                "",
                "",
            ],
            moves and self.on_camera,
        )
        if (
            self.on_camera
            and len(article) == 2
            and self.tokens[i].value in ("door", "window")
            and "through" in [token.text for token in self.tokens[max(0, i - 4) : i]]
        ):
            return True  # the camera goes through it
        return carrier and len(article) == 2 and article[0] in ("from", "on", "aboard") and article[1] in ("a", "an")

    def _cutout(self, i: int, token: Token) -> None:
        cutout = cutouts.find(token.value, "en") or cutouts.find(token.value) or cutouts.card(token.value)
        if nouns.drawn_as(token.text) == token.value:
            cutout = replace(cutout, word=token.text)
        whose = nouns.owner(token.text) if nouns.weak(cutout) else None
        if whose is not None:  # "a knight's eyes" are a knight
            getattr(self, "_profession" if whose in nouns.professions() else "_cutout")(
                i, replace(token, text=whose, value=whose)
            )
            return
        before = self.subject
        if self.count == 1 and _MANY.search(self.text[max(0, token.at - _BEFORE) : token.at]):
            self.count = 3
        if self._rigged(i, cutout.nature.move in ("drive", "fly", "sail")) or self._played(i):
            return
        if (
            cutout.name in nouns.GARMENTS
            and before is not None
            and before.role.kind == "person"
            and _WORN.search(self.text[max(0, token.at - _BEFORE) : token.at])
        ):
            return
        self._noun(i, cutout.name, "", cutout)
        self._offer(before, next(turn for turn in self.plan.turns if turn.role is self.nouns[i]), i)
        thing = next(turn for turn in self.plan.turns if turn.role is self.nouns[i])
        held = thing.hand is before and handy(thing.role)
        if (
            before is not None
            and before.role is not self.nouns[i]
            and lives(before.role)
            and (held or not lives(self.nouns[i]))
        ):
            self.subject = before  # "a player in a jersey jumps": the jersey does not

    def _played(self, i: int) -> bool:
        """Is it an instrument that nobody holds, so that its music is meant: "upbeat ukulele", "funny tuba music",
        "taiko drums"?"""
        token, after = self.tokens[i], self.tokens[i + 1] if i + 1 < len(self.tokens) else None
        if token.text not in _INSTRUMENTS:
            return False
        sounds = (
            after is not None
            and not after.breaks
            and (
                after.category in ("music", "sound")
                or after.text in ("music", "melody", "score", "solo", "track", "notes", "chords")
            )
        )
        begin = next((j for j in range(i, 0, -1) if self.tokens[j].breaks), 0)
        clause = self.tokens[begin:i]
        alone = not any(
            one.category in ("person", "profession", "name", "pronoun", "action", "cutout")
            or one.text in ("a", "an", "the", "his", "her", "with")
            for one in clause
        )
        ended = after is None or after.breaks > 0
        if not sounds and not (alone and ended and (clause or token.breaks == 2)):
            return False
        if self.plan.music is None and "music" not in self.plan.sounds:
            self.plan.music = next(
                (
                    one.value
                    for one in clause
                    if one.category == "mood" and one.value in ("cheerful", "sad", "tense", "playful")
                ),
                "",
            )
        return True

    def _likeness(self, i: int, token: Token) -> None:
        """A word that only comes near to what is drawn: the drawing stands in, and the note says for what."""
        cutout = cutouts.find(token.value, "en") or cutouts.card(token.value)
        self._noun(i, cutout.name, "", replace(cutout, word=token.text, exact=False))

    def _offer(self, before: Turn | None, thing: Turn, i: int) -> None:
        """May the person told of last hold this: no place, no other person and no end of a sentence between them?"""
        if before is None or before.role.kind != "person" or thing is before or thing.hand is not None:
            return
        for token in reversed(self.tokens[:i]):
            if (
                token.category in ("person", "profession", "name", "pronoun")
                or token.text in families.families()
                or token.text in ("with", "and", "has", "his", "her")
            ):
                break
            if token.text in _APART or token.category in ("camera", "camera_noun"):
                return
            if token.breaks == 2:
                break
        if not any(token.breaks == 2 for token in self.tokens[self.told_at + 1 : i + 1]):
            thing.hand = before

    def _card(self, i: int, token: Token) -> None:
        self.cards.append(i)

    def _profession(self, i: int, token: Token) -> None:
        person, worn = nouns.professions()[token.value]
        before, doer = len(self.cast), self.subject
        if token.value in ("couple", "twins") and self.count == 1:
            self.count = 2
        self._noun(i, "person", person)
        beside = next(
            (
                one.text
                for one in reversed(self.tokens[:i])
                if one.category not in ADJECTIVES and one.text not in ("a", "an", "the", "old", "young", "her", "his")
            ),
            "",
        )
        if (
            doer is not None
            and doer.role.kind == "person"
            and doer.action is None
            and beside in ("from", "to", "toward", "towards", "with", "at", "for", "behind", "beside")
        ):
            self.beside.append(self.subject)
            self.subject, self.told_at = (
                doer,
                i,
            )  # "she buys oranges from a vendor and tosses one": it is she who tosses
        for role in self.cast[before:]:
            role.name = role.name or None
            for wears in worn.split():
                part, shape, colour = wears.split(":")
                role.clothes.setdefault(part, (shape, colour))
                if part == "coat" and role.colour is None:
                    role.colour = colour

    def _person(self, i: int, token: Token) -> None:
        if (
            i >= 2
            and self.tokens[i - 1].text in ("a", "an", "her", "his")
            and self.tokens[i - 2].text == "by"
            and framing.FILMED.search(self.text[: token.at])
        ):
            return  # whoever films is not seen
        if token.value in ("dancer", "drummer", "runner"):
            self._noun(i, "person", "person")
            turn = self.subject
            if turn is not None and turn.action is None:
                self._give(turn, {"dancer": "dance", "drummer": "drum", "runner": "run"}[token.value], "normal")
            return
        self._noun(i, "person", token.value)

    def _pronoun(self, i: int, token: Token) -> None:
        if self.on_camera:
            return
        self.told_at = i
        if token.text in ("she", "he", "it", "they"):
            wanted = {"she": FEMALE, "he": MALE}.get(token.text)
            here = [
                t
                for t in self.plan.turns
                if (wanted is None and (token.text == "they" or t.role.kind != "person"))
                or (wanted and t.role.person in (*wanted, "person", "child"))
            ]
            if here:
                now = self.subject if wanted is not None and any(t is self.subject for t in here) else here[-1]
                self.subject = now if token.text != "they" else here[0]
                self._turn(self.subject.role, token)
                self._settle(self.subject.role, token.text)
                return
            for role in lately(self.cast):
                fits = (
                    token.text == "they"
                    or (wanted is None and role.kind != "person")
                    or (wanted is not None and role.person in (*wanted, "person", "child"))
                )
                if fits and all(t.role is not role for t in self.plan.turns):
                    self.subject = self._turn(role, token)
                    self._settle(role, token.text)
                    if token.text != "they":
                        return
            if wanted is not None and not here and self.subject is None:
                self._noun(i, "person", wanted[0])

    @staticmethod
    def _settle(role: Role, pronoun: str) -> None:
        """ "A dancer ... she": a pronoun tells what the noun left open."""
        if pronoun in ("she", "he") and role.person in ("person", "child"):
            role.person = {"person": ("woman", "man"), "child": ("girl", "boy")}[role.person][pronoun == "he"]
