"""The painter: shapes, repeatability, masks that fit the picture, light, parallax, faces, and time."""

from __future__ import annotations

import dataclasses
import math
import random
import time as clock_time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from phonofilm.spec import clock
from phonofilm.theatre import camera, light
from phonofilm.theatre.draw import paint
from phonofilm.theatre.moves import motion
from phonofilm.theatre.paper import pen
from phonofilm.theatre.paper.pen import Canvas
from phonofilm.theatre.paper.props import PROPS
from phonofilm.theatre.play import HOURS, PLACES, WEATHERS, Actor, Camera, Look, Phoneme, Play, Shot, State

W, H = 256, 144
LOOK = Look(
    skin=(0.92, 0.73, 0.58),
    hair=(0.35, 0.22, 0.13),
    hair_shape="short",
    hat="none",
    hat_colour=(0.2, 0.3, 0.8),
    coat=(0.86, 0.16, 0.17),
    coat_shape="coat",
    legs=(0.2, 0.24, 0.4),
    legs_shape="trousers",
    shoes=(0.25, 0.15, 0.12),
    extra="none",
    extra_colour=(0.9, 0.8, 0.2),
    height=1.7,
    voice=1.0,
)


def ball(
    x: float = 0.0, colour: tuple[float, float, float] = (0.13, 0.36, 0.84), speed: float = 0.0, kind: str = "ball"
) -> Actor:
    return Actor(
        name="ball-1",
        kind=kind,
        colour_name="blue",
        colour=colour,
        size=(0.5, 0.5, 0.5),
        material="rubber",
        at=lambda t: State(position=(x + speed * t, 0.25, 5.0), angle=-speed * t),
    )


def person(x: float = 0.0, look: Look = LOOK, facing: float = 0.0, **part: object) -> Actor:
    body = motion.Performer(
        motion.Part(start=0.0, end=5.0, height=look.height, x=x, z=5.5, facing=((0.0, facing),), seed=2, **part)
    )  # type: ignore[arg-type]
    return Actor(
        name="person-1",
        kind="person",
        colour_name="red",
        colour=look.coat,
        size=(0.5, look.height, 0.3),
        material="skin",
        at=body,
        look=look,
    )


def shot(
    *actors: Actor,
    place: str = "meadow",
    hour: str = "noon",
    weather: str = "clear",
    move: str = "static",
    seed: int = 3,
    frame: camera.Frame | None = None,
) -> Shot:
    frame = frame or camera.Frame(left=-1.5, right=1.5, bottom=0.0, top=1.7, depth=5.2)
    return Shot(
        start=0.0,
        end=5.0,
        place=place,
        hour=hour,
        weather=weather,
        actors=actors,
        camera=camera.direct(move, start=0.0, end=5.0, frame=frame, seed=seed),
        camera_move=move,
        seed=seed,
        wind=5.0 if weather == "wind" else 0.0,
    )


def test_a_play_has_a_frame_for_every_tick() -> None:
    frames = list(paint.picture(Play(seconds=4.0, shots=(shot(ball(speed=0.2)),), contacts=()), 64, 36))
    assert len(frames) == clock.frames(4.0) == 97
    assert all(f.shape == (36, 64, 3) and f.dtype == np.uint8 for f in frames)


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_lit_by_every_hour(place: str) -> None:
    means = {hour: paint.frame(shot(ball(), place=place, hour=hour), 1.0, W, H).mean(axis=(0, 1)) for hour in HOURS}
    for i, a in enumerate(HOURS):
        for b in HOURS[i + 1 :]:
            assert np.abs(means[a] - means[b]).max() > 6, (a, b)
    assert means["night"].mean() < means["noon"].mean() - 15


def test_places_and_weathers_differ() -> None:
    seen = [paint.frame(shot(ball(), place=p), 1.0, W, H).astype(float) for p in PLACES]
    seen += [paint.frame(shot(ball(), weather=w), 1.0, W, H).astype(float) for w in WEATHERS if w != "clear"]
    for i, a in enumerate(seen):
        for b in seen[i + 1 :]:
            assert np.abs(a - b).mean() > 1.0


def test_the_same_shot_gives_the_same_picture() -> None:
    for weather in ("clear", "rain", "snow"):
        first = paint.Painter(shot(person(), ball(0.8), weather=weather, move="pan_right"), W, H)
        again = paint.Painter(shot(person(), ball(0.8), weather=weather, move="pan_right"), W, H)
        a = first.exposed(2.0)
        first.exposed(0.5)
        assert np.array_equal(a, again.exposed(2.0))
        assert np.array_equal(a, first.exposed(2.0))
    other = paint.frame(shot(ball(), seed=4), 1.0, W, H)
    assert not np.array_equal(other, paint.frame(shot(ball(), seed=5), 1.0, W, H))


@pytest.mark.parametrize("place", PLACES)
def test_a_moved_camera_paints_as_a_fresh_one(place: str) -> None:
    s = shot(ball(), place=place, hour="dusk", move="crane")
    moved, fresh = paint.Painter(s, W, H), paint.Painter(s, W, H)
    moved.still(0.0)
    moved.still(1.5)
    assert np.array_equal(moved.still(3.0), fresh.still(3.0))


@pytest.mark.parametrize("size", [(256, 144), (144, 256), (160, 160), (336, 144), (97, 61)])
def test_any_size_and_shape(size: tuple[int, int]) -> None:
    s = shot(person(), ball(0.6), weather="rain")
    assert paint.frame(s, 1.0, *size).shape == (size[1], size[0], 3)
    assert paint.ids(s, 1.0, *size).shape == (size[1], size[0])
    assert set(np.unique(paint.ids(s, 1.0, *size))) == {0, 1, 2}


def test_ids_lie_on_the_accent_colour() -> None:
    s = shot(ball(0.2))
    mask = paint.ids(s, 1.0, W, H) == 1
    inside = paint.frame(s, 1.0, W, H)[mask].astype(float) / 255
    assert mask.sum() > 200
    blue = np.median(inside, axis=0)
    assert light.distance(tuple(blue), s.actors[0].colour) < 30
    u, v, scale = camera.project(s.camera(1.0), (0.2, 0.25, 5.0))
    rows, columns = np.nonzero(mask)
    assert columns.mean() == pytest.approx(W / 2 + u * H, abs=1.0)
    assert rows.mean() == pytest.approx(H / 2 - v * H, abs=1.0)
    assert mask.sum() == pytest.approx(math.pi * (0.25 * scale * H) ** 2, rel=0.08)


def test_nearer_actors_cover_farther_ones() -> None:
    far = dataclasses.replace(ball(0.0), name="far", at=lambda t: State(position=(0.0, 0.25, 6.0)))
    near = dataclasses.replace(ball(0.0), name="near", at=lambda t: State(position=(0.05, 0.25, 4.5)))
    mask = paint.ids(shot(near, far), 1.0, W, H)
    u, v, _ = camera.project(shot(near).camera(1.0), (0.05, 0.25, 4.5))
    assert mask[int(H / 2 - v * H), int(W / 2 + u * H)] == 1


@pytest.mark.parametrize("kind", sorted(PROPS))
@pytest.mark.parametrize("hour", ["noon", "night"])
def test_every_prop_stands_off_its_background(kind: str, hour: str) -> None:
    s = shot(ball(0.0, (0.86, 0.16, 0.17), kind=kind), hour=hour)
    mask = paint.ids(s, 1.0, W, H) == 1
    picture = paint.frame(s, 1.0, W, H).astype(float)
    empty = paint.frame(dataclasses.replace(s, actors=()), 1.0, W, H).astype(float)
    assert mask.sum() > 60
    assert np.abs(picture - empty)[mask].mean() > 18


def test_a_mouth_opens_in_pixels() -> None:
    frame = camera.Frame(left=-0.2, right=0.2, bottom=1.25, top=1.75, depth=5.5)
    still = shot(person(facing=0.3), frame=frame)
    pose = still.actors[0].at(1.0)
    assert pose.pose is not None
    dark = []
    for opening in (0.0, 0.02, 0.042):
        spoken = dataclasses.replace(
            pose, pose=dataclasses.replace(pose.pose, mouth_open=opening, mouth_wide=0.06, viseme="A", blink=0.0)
        )
        actor = dataclasses.replace(still.actors[0], at=lambda t, s=spoken: s)
        image = paint.frame(dataclasses.replace(still, actors=(actor,)), 1.0, 1280, 720).astype(int)
        dark.append(int(((image[..., 0] < 110) & (image[..., 1] < 50) & (image[..., 2] < 60)).sum()))
    assert dark[1] > dark[0] + 300
    assert dark[2] > dark[1] + 300


def test_speech_moves_the_mouth_in_the_small_picture_too() -> None:
    sounds = tuple(
        Phoneme(start=0.3 * k, end=0.3 * k + 0.3, symbol="a", viseme="A" if k % 2 else "closed") for k in range(12)
    )
    s = shot(person(speech=((0.0, sounds),)), frame=camera.Frame(left=-0.3, right=0.3, bottom=1.0, top=1.75, depth=5.5))
    shut, wide = paint.frame(s, 0.75, W, H).astype(float), paint.frame(s, 1.05, W, H).astype(float)
    assert np.abs(shut - wide).max() > 40


def test_layers_slide_by_depth() -> None:
    s = shot(ball(), place="forest", move="track")
    depth = paint.depth(s, 2.5, W, H)
    flow = paint.flow(s, 2.5, 1 / 24, W, H)
    near, far = (depth > 7) & (depth < 14), (depth > 38) & (depth < 60)
    assert near.sum() > 100 and far.sum() > 100
    assert abs(flow[near, 0].mean()) > 2.5 * abs(flow[far, 0].mean()) > 0


def test_flow_carries_the_picture() -> None:
    s = shot(ball(speed=0.6))
    flow = paint.flow(s, 2.0, 0.25, W, H)
    inside = paint.ids(s, 2.0, W, H) == 1
    a, b = camera.project(s.camera(2.0), (1.2, 0.25, 5.0)), camera.project(s.camera(2.0), (1.35, 0.25, 5.0))
    assert flow[inside, 0].mean() == pytest.approx((b[0] - a[0]) * H, abs=0.2)
    assert np.abs(flow[~inside]).max() < 1e-3


def test_depth_follows_the_floor() -> None:
    s = shot(ball(x=2.0))
    depth = paint.depth(s, 0.0, W, H)
    view = s.camera(0.0)
    for z in (4.5, 6.0, 8.0):
        u, v, _ = camera.project(view, (-0.5, 0.0, z))
        assert depth[int(H / 2 - v * H), int(W / 2 + u * H)] == pytest.approx(z - view.position[2], rel=0.06)
    assert depth[0].max() == pytest.approx(1000.0)


def test_fast_things_blur_and_slow_ones_do_not() -> None:
    slow, fast = shot(ball(speed=0.2)), shot(ball(-1.2, speed=6.0))
    assert np.array_equal(paint.painter(slow, W, H).exposed(1.0), paint.frame(slow, 1.0, W, H))
    assert not np.array_equal(paint.painter(fast, W, H).exposed(0.3), paint.frame(fast, 0.3, W, H))


def test_identity_shows() -> None:
    rng = random.Random(1)
    pictures = []
    for k in range(6):
        look = dataclasses.replace(
            LOOK,
            hair_shape=("short", "bob", "long", "bun", "curly", "bald")[k],
            hat=("none", "cap", "beanie", "brim", "tophat", "none")[k],
            coat_shape=("shirt", "coat", "dress", "hoodie", "shirt", "coat")[k],
            legs_shape=("trousers", "skirt", "shorts")[k % 3],
            extra=("none", "scarf", "bag", "glasses", "none", "scarf")[k],
            coat=(rng.random(), rng.random(), rng.random()),
        )
        pictures.append(paint.frame(shot(person(look=look, facing=0.5)), 1.0, W, H).astype(float))
    for i, a in enumerate(pictures):
        for b in pictures[i + 1 :]:
            assert (np.abs(a - b).max(-1) > 25).sum() > 120


def test_people_turn_under_an_orbit() -> None:
    s = shot(person(facing=0.0))
    view = s.camera(0.0)
    turned = dataclasses.replace(s, camera=lambda t: dataclasses.replace(view, orbit=0.6))
    plain = dataclasses.replace(
        s, camera=lambda t: Camera(position=view.position, yaw=view.yaw, pitch=view.pitch, focal=view.focal)
    )
    assert (np.abs(paint.frame(turned, 1.0, W, H).astype(int) - paint.frame(plain, 1.0, W, H)).max(-1) > 20).sum() > 60


def test_grain_is_faint() -> None:
    grain = paint._grain(W, H, 1)[..., :3].astype(np.int8)
    assert 0.1 < float(np.sqrt((grain.astype(float) ** 2).mean())) <= 1.0


def test_painting_is_quick() -> None:
    play = Play(
        seconds=4.0, shots=(shot(person(facing=0.5, gesture=True), ball(0.9, speed=0.3), move="push_in"),), contacts=()
    )
    begin = clock_time.process_time()
    count = sum(1 for _ in paint.picture(play, W, H))
    assert (clock_time.process_time() - begin) / count < 0.02


def test_two_threads_paint_what_one_does() -> None:
    def total(place: str) -> int:
        painter = paint.Painter(shot(person(gesture=True), place=place, move="push_in"), W, H)
        return sum(int(painter.exposed(k / 24).sum()) for k in range(12))

    alone = [total(p) for p in ("meadow", "city")]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(total, ("meadow", "city"))) == alone


def test_boxes_cover_the_share_of_a_pixel_they_lie_on():
    shades = []
    for x in (10.0, 10.25, 10.5, 10.75):
        canvas = Canvas(32, 24)
        canvas.fill(pen.box(x, 5.0, x + 8.0, 15.0), (1.0, 1.0, 1.0))
        canvas.draw()
        shades.append(int(canvas.pixels[10, 10, 0]))
    assert np.allclose(np.array(shades) / shades[0], (1.0, 0.75, 0.5, 0.25), atol=0.04)


def test_a_quick_frame_has_half_the_instants_and_looks_the_same():
    """A camera that follows fast: two instants instead of four, hardly another picture; a slow one is the same to the
    bit."""
    from phonofilm.theatre.stage.staging import stage_text

    scene = stage_text("A girl in a red coat runs through the meadow with her robot, the camera follows.", 4, 1).shots[
        0
    ]
    painter = paint.painter(scene, 426, 240)
    assert sum(painter.speeds(2.0)) > 2 * paint.BLUR_FROM
    drawn = []
    still = painter.still
    painter.still = lambda *arguments: drawn.append(1) or still(*arguments)
    whole, all_instants = painter.exposed(2.0).astype(int), len(drawn)
    quick = painter.exposed(2.0, quick=True).astype(int)
    assert all_instants == 4 and len(drawn) - all_instants == 2
    assert np.abs(whole - quick).mean() < 2.0
