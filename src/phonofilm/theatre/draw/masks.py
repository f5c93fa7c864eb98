"""Truth in pixels: who is where, how far away, and where everything moves to. Hard edges, no light, no weather."""

from __future__ import annotations

import math

import numpy as np

from phonofilm.theatre import light
from phonofilm.theatre.draw.cast import NEAREST, Cast
from phonofilm.theatre.paper.figures import joints
from phonofilm.theatre.paper.layers import Layer
from phonofilm.theatre.paper.pen import Canvas
from phonofilm.theatre.places import place
from phonofilm.theatre.play import Camera, Shot

SKY_DEPTH = 1000.0
"""Metres given to the sky."""


class Stencil:
    """Coverage of one shot's cast and scenery at one size."""

    def __init__(self, shot: Shot, width: int, height: int) -> None:
        self.shot, self.width, self.height = shot, width, height
        self.canvas = Canvas(width, height)
        self.canvas.stencil = True
        self.cast = Cast(shot, light.hour(shot.hour, shot.weather), (0.5, 0.5, 0.5), width, height)
        self._layers: list[Layer] | None = None

    def layers(self) -> list[Layer]:
        """The scenery's upright layers, farthest first (built when first asked for)."""
        if self._layers is None:
            scenery = place.build(self.shot, self.width / self.height)
            self._layers = sorted(scenery.back + scenery.middle, key=lambda item: -item.z)
        return self._layers

    def _covered(self) -> np.ndarray:
        self.canvas.draw(clear=True)
        return self.canvas.pixels[..., 3] > 127

    def actors(self, time: float, camera: Camera) -> list[tuple[int, float, np.ndarray]]:
        """(index from 1 in Shot.actors, depth in metres, mask [H, W]) per visible actor, farthest first."""
        order = {actor.name: n for n, actor in enumerate(self.shot.actors, 1)}
        out = []
        for actor, state in self.cast.states(time):
            away = state.position[2] - camera.position[2]
            if away < NEAREST:
                continue
            self.canvas.wipe()
            self.canvas.group(self.cast.matrix(actor, state, camera))
            self.cast.actor(self.canvas, actor, state, camera, time)
            self.canvas.leave()
            out.append((order[actor.name], away, self._covered()))
        return out

    def ids(self, time: float) -> np.ndarray:
        """uint8 [H, W]."""
        out = np.zeros((self.height, self.width), np.uint8)
        for index, _, mask in self.actors(time, self.shot.camera(time)):
            out[mask] = index
        return out

    def depth(self, time: float) -> np.ndarray:
        """float32 [H, W]."""
        camera = self.shot.camera(time)
        rows = np.arange(self.height, dtype=np.float32) + 0.5
        below = rows / self.height - 0.5 - camera.focal * math.tan(camera.pitch)
        floor = np.where(
            below > 1e-4, camera.focal * max(0.02, camera.position[1]) / np.maximum(below, 1e-4), SKY_DEPTH
        )
        out = np.repeat(np.minimum(floor, SKY_DEPTH).astype(np.float32)[:, None], self.width, axis=1)
        for layer in self.layers():
            away = layer.z - camera.position[2]
            if away < 0.35:
                continue
            self.canvas.wipe()
            self.canvas.group(layer.matrix(camera, self.width, self.height))
            layer.replay(self.canvas)
            self.canvas.leave()
            out[self._covered()] = away
        for _, away, mask in self.actors(time, camera):
            out[mask] = away
        return out

    def flow(self, time: float, dt: float) -> np.ndarray:
        """float32 [H, W, 2]."""
        now, then = self.shot.camera(time), self.shot.camera(time + dt)
        h = self.height
        depth = self.depth(time)
        x = (np.arange(self.width, dtype=np.float32) + 0.5 - self.width / 2)[None, :] / h
        y = -(np.arange(h, dtype=np.float32) + 0.5 - h / 2)[:, None] / h
        tan_now, tan_then = (math.tan(now.yaw), math.tan(now.pitch)), (math.tan(then.yaw), math.tan(then.pitch))
        right = (x / now.focal + tan_now[0]) * depth + now.position[0] - then.position[0]
        up = (y / now.focal + tan_now[1]) * depth + now.position[1] - then.position[1]
        away = np.maximum(depth + now.position[2] - then.position[2], 0.15)
        sky = depth >= SKY_DEPTH
        u = np.where(
            sky, (x / now.focal + tan_now[0] - tan_then[0]) * then.focal, (right / away - tan_then[0]) * then.focal
        )
        v = np.where(
            sky, (y / now.focal + tan_now[1] - tan_then[1]) * then.focal, (up / away - tan_then[1]) * then.focal
        )
        out = np.stack([(u - x) * h, -(v - y) * h], axis=-1).astype(np.float32)
        for index, _, mask in self.actors(time, now):
            rows, columns = np.nonzero(mask)
            if len(rows):
                out[rows, columns] = self._moved(index, time, dt, now, then, columns + 0.5, rows + 0.5)
        return out

    def _moved(
        self, index: int, time: float, dt: float, now: Camera, then: Camera, x: np.ndarray, y: np.ndarray
    ) -> np.ndarray:
        actor = self.shot.actors[index - 1]
        old, new = actor.at(time), actor.at(time + dt)
        a, b = self.cast.matrix(actor, old, now), self.cast.matrix(actor, new, then)
        det = a[0] * a[4] - a[1] * a[3]
        lx = (a[4] * (x - a[2]) - a[1] * (y - a[5])) / det
        ly = (a[0] * (y - a[5]) - a[3] * (x - a[2])) / det
        figure = self.cast.figures.get(actor.name)
        if figure is not None and old.pose is not None and new.pose is not None:
            # A point of the body moves as the joints around it do.
            ja = joints(figure.look.height, old.pose, old.facing * math.pi / 2 - now.orbit, old.facing < 0)
            jb = joints(figure.look.height, new.pose, new.facing * math.pi / 2 - then.orbit, new.facing < 0)
            at = np.array([ja[k] for k in ja])
            way = np.array([jb[k] for k in ja]) - at
            weight = 1.0 / ((lx[:, None] - at[None, :, 0]) ** 2 + (ly[:, None] - at[None, :, 1]) ** 2 + 1e-4) ** 2
            shift = weight @ way / weight.sum(1, keepdims=True)
            lx, ly = lx + shift[:, 0], ly + shift[:, 1]
        return np.stack([b[0] * lx + b[1] * ly + b[2] - x, b[3] * lx + b[4] * ly + b[5] - y], axis=-1)
