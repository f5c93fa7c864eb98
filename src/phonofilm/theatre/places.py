"""Every place of the repertoire by name, and the weather over it."""

from __future__ import annotations

from collections.abc import Callable

from phonofilm.theatre import built, lands, nature, realms, repertoire, rooms, weather
from phonofilm.theatre.paper import Scenery
from phonofilm.theatre.play import Shot
from phonofilm.theatre.setting import Setting

PLACES: dict[str, Callable[[Setting], None]] = {
    "meadow": nature.meadow, "beach": nature.beach, "snow": nature.snow, "forest": nature.forest, "desert": nature.desert,
    "city": built.city, "stage": built.stage, "room": built.room,
    "studio": rooms.studio, "kitchen": rooms.kitchen, "bathroom": rooms.bathroom, "cafe": rooms.cafe, "office": rooms.office, "corridor": rooms.corridor,
    "car_interior": rooms.car, "train_interior": rooms.train, "shop": lands.shop, "rooftop": lands.rooftop, "stadium": lands.stadium,
    "mountain": lands.mountain, "pool": lands.pool, "platform": lands.platform, "water": realms.water, "underwater": realms.underwater,
    "waterfall": realms.waterfall, "planet": realms.planet, "space": realms.space,
}


def build(shot: Shot, aspect: float) -> Scenery:
    """The scenery of a shot for a picture ``aspect`` times as wide as high; the same shot always gives the same scenery."""
    setting = Setting(shot=shot, aspect=aspect, indoors=shot.place in repertoire.INDOORS)
    PLACES.get(shot.place, nature.meadow)(setting)
    if not setting.indoors:
        weather.add(setting)
    return setting.scenery
