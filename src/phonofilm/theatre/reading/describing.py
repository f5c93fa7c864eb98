"""What is told of the cast beside its nouns and verbs: colours, sizes, hair, clothes, moods, numbers, proper names and
@mentions."""

from __future__ import annotations

from phonofilm.theatre.reading.company import Prologue, apposed, by_name, lately
from phonofilm.theatre.reading.plan import Plan, Role, Turn
from phonofilm.theatre.reading.scan import ADJECTIVES, Token
from phonofilm.theatre.reading.scene import SceneReader

NOUNS = ("person", "kind", "cutout", "likeness", "profession")
_DOERS = {
    "bounce": "ball",
    "roll": "ball",
    "fly": "bird",
    "chirp": "bird",
    "drive": "car",
    "beep": "car",
    "float": "balloon",
    "break": "cup",
}
"""What an @name nobody described must be, by what it does; everything else is done by people."""
_TWOFOLD = {"waves": "wave", "drums": "drum"}
"""Verbs that are nouns as well."""
_WEAK = ("stand", "drop", "play", "strike", "slide")


class DescribingReader(SceneReader):
    """Keeps what waits for its noun, and dresses who is there. The nouns and verbs themselves are ``reading``'s."""

    def __init__(self, tokens: list[Token], plan: Plan, prologue: Prologue | None, cast: list[Role]) -> None:
        super().__init__(tokens, plan, prologue)
        self.cast = cast
        self.waiting: list[tuple[str, str]] = []
        self.dressing: dict[str, tuple[str, str | None]] = {}
        self.count = 1
        self.naming: str | None = None
        self.likening: str | None = None
        """The @name whose noun is about to come."""
        self.nouns: dict[int, Role] = {}
        """Whom the noun at a token meant."""
        self.shot = 1 + max((role.seen for role in cast), default=0)

    def _turn(self, role: Role, token: Token) -> Turn:
        """The role's turn in this shot."""
        turn = next((t for t in self.plan.turns if t.role is role), None)
        if turn is None:
            turn = Turn(role=role, inherited=self.prologue is not None and self._in_prologue(token))
            self.plan.turns.append(turn)
        elif self.prologue is None or not self._in_prologue(token):
            turn.inherited = False
        if self.plan.focus is None and self.prologue is not None and not self._in_prologue(token):
            self.plan.focus = role
        return turn

    def _colour(self, i: int, token: Token) -> None:
        after = self.noun_after(i)
        if after in ("backdrop", "place", "weak_place") and self.plan.walls is None:
            self.plan.walls = token.value
        if after in NOUNS or after == "clothes":
            self.pending["colour"] = token.value
        elif self.plan.turns and after not in ("place", "weak_place", "backdrop", "hour", "weather", "music", "sound"):
            for turn in self.plan.turns:
                if turn.role.colour is None and (turn.role.kind != "person" or not turn.role.clothes):
                    turn.role.colour = token.value
                    break
        elif not self.plan.turns and after not in ("place", "weak_place", "hour", "weather"):
            self.pending["colour"] = token.value
            self.plan.tones.append(token.value)
        else:
            self.plan.tones.append(token.value)

    def _size(self, i: int, token: Token) -> None:
        self.pending["size"] = token.value

    def _material(self, i: int, token: Token) -> None:
        if self.noun_after(i) in ("kind", "cutout"):
            self.pending["material"] = token.value

    def _hair(self, i: int, token: Token) -> None:
        if token.value == "bald" or "hair" in token.text or token.text in ("bun", "ponytail", "topknot", "curls"):
            person = self._wearer()
            if person is not None and self.noun_after(i) != "person":
                person.role.hair = token.value
                return
        self.pending["hair"] = token.value

    def _hair_colour(self, i: int, token: Token) -> None:
        if self.noun_after(i) == "person" or self._wearer() is None:
            self.pending["hair_colour"] = token.value
        else:
            self._wearer().role.hair_colour = token.value  # type: ignore[union-attr]

    def _mood(self, i: int, token: Token) -> None:
        if self.noun_after(i) == "music" or self.near(i, "music", 3) is not None:
            self.plan.music = token.value
        else:
            self.pending["mood"] = token.value

    def _number(self, i: int, token: Token) -> None:
        if self.noun_after(i) in NOUNS and "time" not in token.text:
            self.count = min(3, int(token.value))
            return
        turn = self.subject or (self.plan.turns[-1] if self.plan.turns else None)
        if turn is not None:
            turn.count = int(token.value)

    def _wearer(self) -> Turn | None:
        for turn in reversed(self.plan.turns):
            if turn.role.kind == "person":
                return turn
        return None

    def _clothes(self, i: int, token: Token) -> None:
        part, shape = token.value.split(":")
        colour = self.pending.pop("colour", None)
        turn = self._wearer()
        if part == "hair":
            if turn is not None:
                turn.role.hair = self.pending.pop("hair", turn.role.hair)
                turn.role.hair_colour = colour or self.pending.pop("hair_colour", turn.role.hair_colour)
            return
        wears = (shape, colour)
        if turn is None or self.noun_after(i) == "person":
            self.dressing[part] = wears
            return
        turn.role.clothes[part] = wears
        if part == "coat" and colour is not None:
            turn.role.colour = colour

    def _name(self, i: int, token: Token) -> None:
        self.on_camera = False
        role = by_name(token.value, self.cast)
        if role is None and apposed(self.tokens, i):
            self.naming = token.value
            return
        if role is None:
            # "A girl called Mia", "a girl in red. Mia ...": the last one told of without a name.
            nameless = [t.role for t in reversed(self.plan.turns) if t.role.kind == "person" and t.role.name is None]
            nameless += [r for r in lately(self.cast) if r.kind == "person" and r.name is None]
            role = (
                nameless[0] if nameless else Role(kind="person", person="person", number=len(self.cast), seen=self.shot)
            )
            if not nameless:
                self.cast.append(role)
            role.name = token.value
        self.subject = self._turn(role, token)
        for action, pace in self.waiting:
            self._give(self.subject, action, pace)
        self.waiting = []

    def _mention(self, i: int, token: Token) -> None:
        """ "A girl @mia", "a coat like @mia's", "@mia dances", "@mia, a girl": a reference stands for one of the
        cast."""
        like = self._likened(i)
        if like is not None and like.reference in (None, token.value):
            like.reference = token.value
            return
        role = by_name(token.value, self.cast)
        if role is None and self._introduces(i):
            self.likening = token.value
            return
        if self.on_camera:
            free = [turn.role for turn in self.plan.turns if turn.role.reference is None]
            if role is None and free:
                free[0].reference = token.value
            return
        if role is None:
            does = self._does(i)
            if does is None:
                return
            role = Role(
                kind=_DOERS.get(does, "person"),
                person="person" if does not in _DOERS else "",
                number=len(self.cast),
                seen=self.shot,
            )
            role.reference = token.value
            self.cast.append(role)
        self.subject = self._turn(role, token)
        for action, pace in self.waiting:
            self._give(self.subject, action, pace)
        self.waiting = []

    def _does(self, i: int) -> str | None:
        """What the one mentioned at ``i`` does; None where the mention has no verb."""
        after = next((token for token in self.tokens[i + 1 :] if token.category not in ("filler", "pace")), None)
        if after is not None and after.text in _TWOFOLD:
            return _TWOFOLD[after.text]
        return (
            next((token.value for token in self.tokens[i + 1 :] if token.category == "action"), None)
            if self.verb_follows(i)
            else None
        )

    def _likened(self, i: int) -> Role | None:
        """Whom of those just told of the mention at ``i`` describes."""
        likened = False
        for j in range(i - 1, -1, -1):
            token = self.tokens[j]
            if self.tokens[j + 1].breaks == 2 or (self.tokens[j + 1].breaks == 1 and j + 1 < i):
                return None
            if j in self.nouns:
                return self.nouns[j]
            if token.category == "clothes":
                wearer = self._wearer()
                return wearer.role if wearer is not None else None
            if token.category == "name":
                return by_name(token.value, self.cast)
            if token.category == "action":
                return self.subject.role if likened and self.subject is not None else None
            if token.category not in ("filler", "pronoun", "link", "glue", *ADJECTIVES) or token.text == "and":
                return None
            likened = likened or token.text in ("like", "as", "in", "style", "wearing", "dressed", "dressed in")
        return None

    def _introduces(self, i: int) -> bool:
        """Does the mention's own noun follow: "@image1, a green bottle", "@image1 as the girl"?"""
        for token in self.tokens[i + 1 : i + 7]:
            if token.breaks == 2 or token.text in ("and", "or", "while", *_TWOFOLD):
                return False
            if token.category in NOUNS:
                return True
            if token.category not in ADJECTIVES and token.text not in ("a", "an", "the", "is", "as", "young", "old"):
                return False
        return False

    def _give(self, turn: Turn, action: str, pace: str) -> None:
        if pace != "normal":
            turn.pace = pace
        old = turn.action
        moves = old in ("roll", "bounce", "slide", "drive") and action == "collide"
        if old is None or moves or (old in _WEAK and action not in ("stand", "play")):
            turn.action = action
        elif old == "talk" and action not in _WEAK:
            turn.action, turn.also = action, [*turn.also, "talk"]
        elif action not in _WEAK and action != old:
            turn.also.append(action)
