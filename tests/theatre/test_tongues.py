"""A prompt of another language is staged as its English counterpart would be."""

import pytest

from phonofilm.prompt import parse
from phonofilm.theatre.lexicon import families, nouns, repertoire, tongues
from phonofilm.theatre.stage.staging import stage

pytestmark = pytest.mark.usefixtures("drawings")


@pytest.mark.parametrize(
    ("text", "cast", "place", "hour", "action", "camera"),
    [
        ("Una niña con un vestido rojo camina por la playa al atardecer.", [("person", "red")], "beach", "dusk", "walk",
            None),
        ("Un perro negro corre por la playa.", [("dog", "black")], "beach", None, "go", None),
        ("Ein roter Ball rollt über die Straße.", [("ball", "red")], "city", None, "roll", None),
        ("Ein schwarzer Hund läuft am Abend im Park.", [("dog", "black")], "meadow", "dusk", "go", None),
        ("Un chat blanc court sur une plage la nuit.", [("cat", "white")], "beach", "night", "go", None),
        ("빨간 드레스를 입은 소녀가 해변에서 춤춘다.", [("person", "red")], "beach", None, "dance", None),
        ("一只白猫在森林里奔跑，镜头推近。", [("cat", "white")], "forest", None, "go", "push_in"),
        ("穿红色连衣裙的女孩在海边奔跑。她挥手。", [("person", "red")], "beach", None, "run", None),
        ("赤いドレスの女の子が夜の砂浜で踊る。", [("person", "red")], "beach", "night", "dance", None),
    ],
)  # fmt: skip
def test_words_of_other_languages_are_staged(text, cast, place, hour, action, camera):
    play = stage(parse(text), 4, 3)
    shot = play.shots[0]
    assert [(actor.kind, actor.colour_name) for actor in shot.actors] == cast
    assert shot.place == place and (hour is None or shot.hour == hour) and play.labels["action"] == action
    assert camera is None or shot.camera_move == camera


@pytest.mark.parametrize("language", tongues.LANGUAGES)
def test_the_table_means_things_that_the_theatre_has(language):
    values = {
        category: {value for at, value in repertoire.lexicon().values() if at == category}
        for category, _ in repertoire.lexicon().values()
    }
    for wording, (category, value) in tongues.table(language).items():
        assert wording == wording.lower().strip(), wording
        if category == "camera":
            assert value in values["camera"] | {"push_in", "pull_out"}, wording
        elif category == "profession":
            assert value in nouns.professions(), wording
        elif category == "backdrop":
            assert value in nouns.places(), wording
        elif category == "place":
            assert value in repertoire.GROUNDS, wording
        elif category == "action":
            assert value in values[category] | families.PERSONAL, wording
        elif category not in ("cutout", "pronoun", "filler"):
            assert value in values[category], (wording, category, value)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("A man in a red coat walks so slowly in an alley.", "en"),
        ("Un chat blanc dort sur une table dans la cuisine.", "fr"), ("Ein Mann geht mit dem Hund.", "de"),
        ("Un perro corre por la calle.", "es"), ("一只猫", "zh"), ("Le garçon court.", "fr"),
        ("A girl called El waves.", "en"),
    ],
)  # fmt: skip
def test_the_language_of_a_description(text, language):
    assert tongues.language_of(text) == language
