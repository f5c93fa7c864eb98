"""The cues of a play (``spec/cues.py``), measured from its staging: nothing is drawn, a clip takes some ten
milliseconds."""

from __future__ import annotations

import math

import numpy as np

from phonofilm.spec import clock
from phonofilm.spec.cues import BODY, CAMERA, CHANNEL, JOINTS, RHYTHM, Cues
from phonofilm.theatre.camera import project
from phonofilm.theatre.paper import figures
from phonofilm.theatre.play import STRUCK, Actor, Camera, Play, State

WIDEST_MOUTH = 0.05
"""Metres between the lips that count as wide open."""


def cues(play: Play, slots: int = 2) -> Cues:
    """The first ``slots`` bodies of a play in the order in which they come on, frame by frame; contacts are those one
    can see and hear at one instant."""
    names = list(dict.fromkeys(actor.name for shot in play.shots for actor in shot.actors))[:slots]
    count = clock.frames(play.seconds)
    bodies = np.zeros((slots, count, len(BODY)), np.float32)
    camera, rhythm = np.zeros((count, len(CAMERA)), np.float32), np.zeros((count, len(RHYTHM)), np.float32)
    for n in range(count):
        time = clock.frame_time(n)
        shot = play.shot_at(time)
        eye = shot.camera(time)
        camera[n] = (*eye.position, eye.yaw, eye.pitch, eye.focal, eye.orbit)
        for actor in shot.actors:
            if actor.name not in names:
                continue
            state = actor.at(time)
            if not state.visible:
                continue
            bodies[names.index(actor.name), n] = _body(actor, state, eye)
    for contact in play.contacts:
        if contact.kind in STRUCK and contact.visible:
            n = min(clock.frame_at(contact.time), count - 1)
            for name in (contact.actor, contact.other):
                if name in names:
                    row = bodies[names.index(name), n]
                    row[CHANNEL["contact"]], row[CHANNEL["speed"]] = row[0], row[0] * contact.speed
    for beat in play.music.beats if play.music else ():
        if clock.frame_at(beat) < count:
            rhythm[clock.frame_at(beat), 0] = 1
    for shot in play.shots[1:]:
        rhythm[min(clock.cut_frame(shot.start), count - 1), 1] = 1
    return Cues(tuple(names), bodies, camera, rhythm)


def _body(actor: Actor, state: State, eye: Camera) -> np.ndarray:
    """The channels of one body in one frame, contacts left out."""
    row = np.zeros(len(BODY), np.float32)
    u, v, scale = project(eye, state.position)
    width, height = actor.size[0] * scale, actor.size[1] * scale
    tall = max(0.2, state.squash)
    if actor.look is not None and state.pose is not None:
        joints = figures.joints(actor.look.height, state.pose, state.facing * math.pi / 2 - eye.orbit, state.facing < 0)
        for joint in JOINTS:
            x, y = joints[joint]
            row[CHANNEL[joint + "_x"]], row[CHANNEL[joint + "_y"]] = x / actor.look.height, y / actor.look.height
        row[CHANNEL["person"]] = 1
        row[CHANNEL["mouth"]] = min(1.0, state.pose.mouth_open / WIDEST_MOUTH)
        row[CHANNEL["blink"]] = state.pose.blink
        v += height / 2  # a person's position is between its feet
    row[: CHANNEL["mouth"]] = (
        1, row[CHANNEL["person"]], u, v, width, height, math.sin(state.angle), math.cos(state.angle), state.facing,
        min(1.0, state.part), tall,
    )  # fmt: skip
    return row
