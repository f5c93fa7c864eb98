"""The scene around the cast: place, hour, weather, sounds, music and camera, as a shot's words tell them."""

from __future__ import annotations

from dataclasses import replace

from phonofilm.theatre.lexicon.shades import Named
from phonofilm.theatre.reading.company import Prologue
from phonofilm.theatre.reading.plan import Plan, Turn
from phonofilm.theatre.reading.scan import Token, Tokens

_THEN = (
    "then",
    "before",
    "finally",
    "afterwards",
    "until",
    "\u518d",
    "\u7136\u540e",
    "\u63a5\u7740",
    "\u6700\u540e",
    "\u305d\u306e\u5f8c",
)
"""Words between two moves of the camera that one follows after the other."""


class SceneReader(Tokens):
    """Fills a plan's scene; one method for each category of words. The cast is ``reading``'s."""

    def __init__(self, tokens: list[Token], plan: Plan, prologue: Prologue | None) -> None:
        super().__init__(
            [
                replace(token, value=Named(token.value, token.text)) if token.category == "colour" else token
                for token in tokens
            ]
        )
        self.plan = plan
        self.prologue = prologue
        self.pending: dict[str, str] = {}
        self.subject: Turn | None = None
        self.on_camera = False
        self.loose = False
        """Was the camera's move told without a camera: "the light sweeps from left to right"?"""
        self.weak_place: str | None = None
        self.snow_said = False
        self.held: set[str] = set()
        """What was said before the first shot only, so that the shot's own words may still change it."""

    def _action(self, i: int, token: Token) -> None:
        """An action of the cast: nothing to the scene; the reader of the cast takes it."""

    def _in_prologue(self, token: Token) -> bool:
        return self.prologue is not None and token.at < self.prologue.length

    def _open(self, key: str) -> bool:
        """May this still be said? Yes, until the words of this very shot say it."""
        if getattr(self.plan, key) is None or key in self.held:
            self.held.discard(key)
            return True
        return False

    def _place(self, i: int, token: Token) -> None:
        if (
            token.text == "inside"
            and i + 1 < len(self.tokens)
            and self.tokens[i + 1].text in ("the", "a", "an", "her", "his", "its", "their")
            and self.plan.place is None
        ):
            return  # "inside the helmet" is no room
        if self._open("place"):
            self.plan.place = token.value
        if token.text in ("carpet", "rug"):
            self.plan.ground = "carpet"
        self.pending.pop("colour", None)
        self.pending.pop("size", None)

    def _weak_place(self, i: int, token: Token) -> None:
        if token.text in ("carpet", "rug"):
            self.plan.ground = "carpet"
        self.pending.pop("colour", None)
        if token.value == "snow":
            self.snow_said = True
            self.weak_place = self.weak_place or "snow"
        elif self.weak_place is None or self.weak_place == "snow":
            self.weak_place = token.value

    def _hour(self, i: int, token: Token) -> None:
        if self._open("hour"):
            self.plan.hour = token.value

    def _weather(self, i: int, token: Token) -> None:
        if token.text == "wet" and self.noun_after(i) not in ("place", "weak_place", "hour", "weather", "backdrop"):
            return  # "wet hair", "a wet stone"
        if token.text in ("pours", "pouring", "shower", "showers") and (
            i == 0 or self.tokens[i - 1].text not in ("it", "rain", "is", "and", "in")
        ):
            return  # "broth pours over the noodles"
        if self._open("weather") or (self.plan.weather == "clear" and token.text != "dry"):
            self.plan.weather = token.value

    def _music(self, i: int, token: Token) -> None:
        if self.plan.music is None:
            self.plan.music = ""

    def _sound(self, i: int, token: Token) -> None:
        told = self.before(i)
        after = self.tokens[i + 1].text if i + 1 < len(self.tokens) and not self.tokens[i + 1].breaks else ""
        people = [turn for turn in self.plan.turns if turn.role.kind == "person"]
        waving = after in ("at", "to", "back", "goodbye", "hello") and bool(people)
        if token.text == "waves" and waving and (self.subject is None or self.subject.role.kind != "person"):
            self.subject = people[-1]
        if token.text == "waves" and (
            waving
            or (
                told is not None
                and told.category in ("person", "name", "mention", "clothes", "colour", "pronoun", "action")
            )
        ):
            # "A girl in red waves" is no sea.
            self._action(i, Token("action", "wave", token.text, token.breaks))
            return
        if token.value not in self.plan.sounds:
            self.plan.sounds.append(token.value)
        if "rain" in token.text and self.plan.weather is None:
            self.plan.weather = "rain"
        if token.value == "wind" and self.plan.weather is None:
            self.plan.weather = "wind"

    def _camera_noun(self, i: int, token: Token) -> None:
        self.on_camera = token.text in (
            "camera",
            "shot",
            "lens",
            "we",
            "view",
            "viewpoint",
            "framing",
            "frame",
            "cameraman",
            "take",
        )

    def _pace(self, i: int, token: Token) -> None:
        here = self.on_camera or self.near(i, "camera", 3) is not None
        told = self.before(i)
        if here and (told is None or told.category != "action" or self.on_camera):
            self.plan.pace = token.value
        elif self.subject is not None and self.subject.action is not None:
            self.subject.pace = token.value

    def _direction(self, i: int, token: Token) -> None:
        """The camera "moves in", "goes up", "glides to the left": a bare direction in a camera clause is a move."""
        if self.on_camera and self.plan.camera is None and self.near(i, "camera", 4, back=4) is None:
            self.plan.camera = {
                "left": "pan_left",
                "right": "pan_right",
                "up": "crane",
                "down": "tilt_down",
                "in": "push_in",
                "out": "pull_out",
            }[token.value]

    def _after_that(self, i: int) -> bool:
        """Is the move at ``i`` told as what comes after an earlier one?"""
        before = next((j for j in range(i - 1, -1, -1) if self.tokens[j].category == "camera"), None)
        between = self.tokens[i if before is None else before + 1 : i + 1]
        return any(one.breaks or one.text in _THEN for one in between)

    def _directed(self, i: int, token: Token) -> str:
        """A move with the direction told beside it."""
        direction = self.near(i, "direction", 4, back=2)
        if token.value == "push":
            return "pull_out" if direction == "out" else "push_in"
        if token.value == "pull":
            return "pull_out"
        if token.value == "pan":
            said = "left" if "left" in token.text else "right" if "right" in token.text else direction
            return {"left": "pan_left", "right": "pan_right", "up": "tilt_up", "down": "tilt_down"}.get(
                said or "", "pan"
            )
        if token.value == "tilt":
            return "tilt_down" if direction == "down" else "tilt_up"
        return token.value

    def _camera(self, i: int, token: Token) -> None:
        move = token.value
        if move == "close":
            self.plan.close = True
            return
        if move == "wide":
            self.plan.wide = True
            return
        # "The girl follows the ball", "he stands still" are about the cast, unless a camera is named.
        if (
            token.text in ("still", "motionless", "steady")
            and self.subject is not None
            and not self.on_camera
            and self.near(i, "camera_noun", 3) is None
        ):
            told = self.before(i)
            if told is not None and told.category in (
                "action",
                "person",
                "name",
                "mention",
                "kind",
                "cutout",
                "profession",
                "pronoun",
            ):
                return
        move = self._directed(i, token)
        aside = self.loose and self.on_camera
        if self.plan.camera is None:
            self.loose = not self.on_camera and token.text in (
                "sweeps",
                "sweep",
                "sweeping",
                "from left to right",
                "from right to left",
                "left to right",
                "right to left",
            )
        later = (
            self.plan.camera not in (None, move, "static", "pan")
            and not aside
            and "camera" not in self.held
            and move != "static"
        )
        if later and not self.plan.then and self._after_that(i):
            self.plan.then = move
        if (self._open("camera") or aside or self.plan.camera in ("static", "pan")) and not (
            self.plan.camera == "pan" and move == "static"
        ):
            self.plan.camera = move
        self.on_camera = True
