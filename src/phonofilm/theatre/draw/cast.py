"""The cast in the picture: every actor's place, shadow, rim light and drawing at one instant."""

from __future__ import annotations

import math

from phonofilm.theatre import light
from phonofilm.theatre.camera import project
from phonofilm.theatre.draw import tags
from phonofilm.theatre.light import Hour
from phonofilm.theatre.paper import puppetry
from phonofilm.theatre.paper.figures import Figure
from phonofilm.theatre.paper.layers import matrix_at
from phonofilm.theatre.paper.pen import Canvas, Matrix, Path
from phonofilm.theatre.paper.props import PROPS, Brush
from phonofilm.theatre.play import RGB, Actor, Camera, Shot, State

NEAREST = 0.4
"""Metres: whoever is nearer to the camera is not drawn."""


def compose(outer: Matrix, inner: Matrix) -> Matrix:
    """The matrix that applies ``inner`` first, then ``outer``."""
    a, b, c, d, e, f = outer
    g, h, i, j, k, m = inner
    return a * g + b * j, a * h + b * k, a * i + b * m + c, d * g + e * j, d * h + e * k, d * i + e * m + f


class Cast:
    """All actors of one shot, in one light, at one picture size."""

    def __init__(self, shot: Shot, hour: Hour, ground: RGB, width: int, height: int) -> None:
        self.shot, self.hour, self.width, self.height = shot, hour, width, height
        self.figures = {a.name: Figure(a.look, hour) for a in shot.actors if a.look is not None}
        self.tagged = any(tags.word_of(actor) for actor in shot.actors)
        self.shadow = light.darker(light.mix(ground, (0.16, 0.10, 0.34), 0.55), 0.5)

    def states(self, time: float) -> list[tuple[Actor, State]]:
        """Visible actors and where they are, farthest first."""
        out = [(actor, actor.at(time)) for actor in self.shot.actors]
        return sorted((item for item in out if item[1].visible), key=lambda item: -item[1].position[2])

    def matrix(self, actor: Actor, state: State, camera: Camera) -> Matrix:
        """From the actor's own coordinates (a person: metres from the floor point; a prop: its unit box) to pixels."""
        world = matrix_at(camera, state.position[2], self.width, self.height)
        x, y, _ = state.position
        tall = max(0.2, state.squash)
        if actor.look is not None:
            c, s = math.cos(state.angle), math.sin(state.angle)
            return compose(world, (c / tall, -s * tall, x, s / tall, c * tall, y))
        c, s = math.cos(state.angle), math.sin(state.angle)
        w, h = actor.size[0], actor.size[1]
        # Roll inside, squash outside: a squashed rolling ball stays flat on the floor.
        return compose(world, (c * w / tall, -s * h / tall, x, s * w * tall, c * h * tall, y))

    def draw(self, canvas: Canvas, camera: Camera, time: float, shadows: bool = True) -> None:
        """Draws shadows first, then everybody from far to near."""
        floor = canvas.group((1, 0, 0, 0, 1, 0))
        canvas.leave()
        states = self.states(time)
        for actor, state in states:
            if state.position[2] - camera.position[2] < NEAREST:
                continue
            rim = canvas.group((1, 0, 0, 0, 1, 0))
            canvas.leave()
            matrix = self.matrix(actor, state, camera)
            canvas.group(matrix)
            outline = self.actor(canvas, actor, state, camera, time)
            canvas.leave()
            if canvas.stencil or not shadows or (actor.cutout is not None and actor.cutout.kind == "effect"):
                continue
            canvas.reopen(rim)
            self._halo(canvas, actor, state, camera)
            if actor.cutout is not None and abs(camera.orbit) > 0.05:
                self._thickness(canvas, outline, matrix, camera.orbit)
            self._rim(canvas, outline, matrix, actor.colour)
            canvas.leave()
            canvas.reopen(floor)
            self._shadow(canvas, actor, state, camera, outline)
            canvas.leave()
        if shadows and not canvas.stencil and self.tagged:
            tags.draw(canvas, states, camera, self.width, self.height)

    def actor(self, canvas: Canvas, actor: Actor, state: State, camera: Camera, time: float) -> list[Path]:
        """One actor in its own coordinates; returns its outlines."""
        scale = camera.focal * self.height / max(0.15, state.position[2] - camera.position[2])
        turn = state.facing * math.pi / 2 - camera.orbit
        figure = self.figures.get(actor.name)
        if figure is not None:
            figure.draw(canvas, state, turn, scale, self.shot.wind, time)
            return figure.big
        brush = Brush(
            canvas=canvas,
            hour=self.hour,
            body=actor.colour,
            part=state.part,
            turn=math.sin(turn) if abs(state.facing) > 0.01 else 0.0,
            roll=state.angle,
            time=time,
            aspect=actor.size[0] / max(1e-3, actor.size[1]),
            floor=-state.position[1] / max(1e-3, actor.size[1]),
        )
        if actor.cutout is not None:
            brush.turn = state.facing
            brush.squeeze = max(0.30, abs(math.cos(camera.orbit)))
            puppetry.draw(brush, actor.cutout, actor.tint)
        else:
            PROPS.get(actor.kind, PROPS["box"])(brush)
        return brush.big

    def _halo(self, canvas: Canvas, actor: Actor, state: State, camera: Camera) -> None:
        """So that things stand off: moonlight behind dark ones at night, a soft shade behind grey ones then and white
        ones by day."""
        lightness, a, b = light.lab(actor.colour)
        pale = lightness > 84 and abs(a) + abs(b) < 30
        if actor.kind in ("cup", "bottle") and state.part > 0.02:
            return
        if not (pale and self.hour.name != "night") and not (self.hour.dark and lightness < 64):
            return
        x, y, z = state.position
        size = actor.size[1] * (0.75 if actor.look is not None else 1.0)
        u, v, scale = project(camera, (x, y + (actor.size[1] * 0.55 if actor.look is not None else 0.0), z))
        px, py, r = self.width / 2 + u * self.height, self.height / 2 - v * self.height, size * scale * self.height
        deep = pale or lightness >= 42
        tone = self.shadow if deep else light.mix(self.hour.sky_low, self.hour.sun, 0.5)
        strong = (
            (0.16 if "bright" in self.shot.lights else 0.36)
            if pale
            else 0.44
            if lightness < 42 or self.hour.name == "night"
            else 0.0
        )
        if strong:
            canvas.glow(px, py, r, r, ((0, tone, strong), (0.45, tone, strong * 0.62), (1, tone, 0.0)))

    def _thickness(self, canvas: Canvas, outline: list[Path], matrix: Matrix, walked: float) -> None:
        """The edge of the cardboard, seen from beside."""
        a, b, c, d, e, f = matrix
        ink = light.mix(self.hour.cast((0.80, 0.74, 0.64)), self.shadow, 0.30)
        for k in (1.0, 0.66, 0.33):
            canvas.silhouette(outline, ink, 1.0, (a, b, c + k * 0.030 * abs(e) * math.sin(walked), d, e, f))

    def _rim(self, canvas: Canvas, outline: list[Path], matrix: Matrix, colour: RGB) -> None:
        hour, h = self.hour, self.height
        reach = 0.0042 * h
        a, b, c, d, e, f = matrix
        canvas.silhouette(
            outline,
            self.shadow,
            0.20 if light.luminance(colour) < 84 else 0.50,
            (a, b, c - 1.3 * reach * hour.side, d, e, f + 0.9 * reach),
        )
        canvas.silhouette(
            outline, hour.rim, 0.35 + 0.6 * hour.rim_strength, (a, b, c + reach * hour.side, d, e, f - 0.6 * reach)
        )

    def _shadow(self, canvas: Canvas, actor: Actor, state: State, camera: Camera, outline: list[Path]) -> None:
        hour = self.hour
        x, y, z = state.position
        person = actor.look is not None
        lowest = y if person else y - actor.size[1] / 2 * state.squash
        if actor.kind in ("ball", "box", "cup", "bottle") and abs(state.angle) > 0.02 and not person:
            lowest = y - 0.5 * min(actor.size[0], actor.size[1])
        lowest = max(0.0, lowest)
        u, v, scale = project(camera, (x, 0.0, z))
        px, py, s = self.width / 2 + u * self.height, self.height / 2 - v * self.height, scale * self.height
        strength = hour.shadow_strength
        # Cast shadow: the outline laid down on the floor along the light.
        dx, dz = hour.shadow
        _, v2, _ = project(camera, (x, 0.0, max(camera.position[2] + 0.5, z + dz)))
        slope = (v2 - v) * self.height
        if person:
            own: Matrix = (1, 0, 0, 0, 1, y)
        else:
            c, sn = math.cos(state.angle), math.sin(state.angle)
            w, h, tall = actor.size[0], actor.size[1], max(0.2, state.squash)
            own = (c * w / tall, -sn * h / tall, 0, sn * w * tall, c * h * tall, max(y, lowest))
        if strength > 0 and outline:
            canvas.silhouette(
                outline, self.shadow, strength * math.exp(-0.5 * lowest), compose((s, s * dx, px, 0, -slope, py), own)
            )
        # Contact shadow: an ellipse that widens and fades with height.
        half = (0.17 * actor.look.height if actor.look is not None else 0.56 * actor.size[0]) * (1 + 0.35 * lowest)
        flat = max(0.10, min(0.35, camera.position[1] / max(0.5, z - camera.position[2])))
        alpha = 0.55 * math.exp(-1.1 * lowest)
        if alpha > 0.02:
            canvas.glow(
                px,
                py,
                half * s,
                half * s * max(0.16, flat),
                ((0, self.shadow, alpha), (0.55, self.shadow, alpha * 0.75), (1, self.shadow, 0.0)),
            )
