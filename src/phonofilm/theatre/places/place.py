"""Every place of the repertoire by name, and the weather over it."""

from __future__ import annotations

import math
from collections.abc import Callable

from phonofilm.theatre import light
from phonofilm.theatre.camera import project
from phonofilm.theatre.lexicon import repertoire
from phonofilm.theatre.paper import figures, pen
from phonofilm.theatre.paper.layers import Scenery
from phonofilm.theatre.paper.pen import Canvas
from phonofilm.theatre.places import built, lamps, lands, nature, realms, rooms, weather
from phonofilm.theatre.places.setting import Setting
from phonofilm.theatre.play import Camera, Shot

PLACES: dict[str, Callable[[Setting], None]] = {
    "meadow": nature.meadow,
    "beach": nature.beach,
    "snow": nature.snow,
    "forest": nature.forest,
    "desert": nature.desert,
    "city": built.city,
    "stage": built.stage,
    "room": built.room,
    "studio": rooms.studio,
    "kitchen": rooms.kitchen,
    "bathroom": rooms.bathroom,
    "cafe": rooms.cafe,
    "office": rooms.office,
    "corridor": rooms.corridor,
    "car_interior": rooms.car,
    "train_interior": rooms.train,
    "shop": lands.shop,
    "rooftop": lands.rooftop,
    "stadium": lands.stadium,
    "mountain": lands.mountain,
    "pool": lands.pool,
    "platform": lands.platform,
    "water": realms.water,
    "underwater": realms.underwater,
    "waterfall": realms.waterfall,
    "planet": realms.planet,
    "space": realms.space,
}


def build(shot: Shot, aspect: float) -> Scenery:
    """The scenery of a shot for a picture ``aspect`` times as wide as high; the same shot always gives the same
    scenery."""
    setting = Setting(shot=shot, aspect=aspect, indoors=shot.place in repertoire.INDOORS)
    PLACES.get(shot.place, nature.meadow)(setting)
    if not setting.indoors or (shot.lights and shot.place == "platform" and shot.weather in ("rain", "snow")):
        weather.add(setting)
    if shot.lights:
        lamps.add(setting)
    if shot.shoulder:
        _shoulder(setting)
    if shot.arm:
        _arm(setting)
    return setting.scenery


def _shoulder(s: Setting) -> None:
    """Head and shoulder of somebody who stands before the lens, dark and at rest."""
    ink, rim, side = (
        light.darker(s.hour.grade((0.30, 0.28, 0.34)), 0.45),
        light.darker(s.hour.grade((0.42, 0.40, 0.46)), 0.2),
        s.shot.shoulder,
    )

    def draw(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        x, sway = width * (0.5 + 0.38 * side), 0.004 * height * math.sin(1.6 * time)
        for colour, grow in ((rim, 1.03), (ink, 1.0)):
            canvas.fill(pen.oval(x, 0.60 * height + sway, 0.20 * height * grow, 0.25 * height * grow), colour)
            body = [
                (x - 0.42 * height * grow, 1.2 * height),
                (x - 0.36 * height * grow, 0.93 * height),
                (x - 0.1 * height, 0.82 * height),
                (x + 0.1 * height, 0.82 * height),
                (x + 0.36 * height * grow, 0.93 * height),
                (x + 0.42 * height * grow, 1.2 * height),
            ]
            canvas.fill(pen.smooth([(a, b + sway) for a, b in body], 0.7), colour)

    s.live(draw, front=True)


def _arm(s: Setting) -> None:
    """The sleeve of whoever holds the camera, from the hand that would be there out to the lens."""
    actor = next(actor for actor in s.shot.actors if actor.look is not None)
    assert actor.look is not None
    h, side = actor.look.height, s.shot.arm
    coat = s.hour.grade(actor.look.coat)

    def draw(canvas: Canvas, camera: Camera, time: float, width: int, height: int) -> None:
        state = actor.at(time)
        assert state.pose is not None
        found = figures.joints(h, state.pose, state.facing * math.pi / 2, state.facing < 0)
        shoulder = max((found["shoulder_l"], found["shoulder_r"]), key=lambda one: side * one[0])
        u, v, scale = project(
            camera, (state.position[0] + shoulder[0], state.position[1] + shoulder[1] - 0.02 * h, state.position[2])
        )
        x, y = width / 2 + u * height, height / 2 - v * height
        far = (width * (0.5 + 0.50 * side), 1.06 * height)
        for colour, grow in ((light.darker(coat, 0.18), 1.0), (coat, 0.93)):
            canvas.fill(pen.capsule(x, y, *far, 0.042 * h * scale * height * grow, 0.17 * height * grow), colour)

    s.live(draw, front=True)
