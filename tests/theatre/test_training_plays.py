"""What the shipped checkpoints were trained on stays what it was: the playbill's words, how they are read, and the
plays they become."""

import hashlib

from phonofilm.prompt import parse
from phonofilm.theatre.play import Play
from phonofilm.theatre.playbill import playbill
from phonofilm.theatre.stage.staging import stage

READ = "162bab1b5ce9b704c3345e33497302b5d7906ba3f7d726dc1461ea8db58d951b"
STAGED = "3401b36cc35c36ec6d7acdcb8de2860ea5fc1d133f17857a8da3d6d8a105578f"


def _told(play: Play) -> str:
    shots = [
        (
            shot.start,
            shot.end,
            shot.place,
            shot.hour,
            shot.weather,
            shot.camera_move,
            shot.seed,
            round(shot.wind, 6),
            [(a.name, a.kind, a.colour_name, a.colour, a.size, a.material, a.look) for a in shot.actors],
        )
        for shot in play.shots
    ]
    speech = [
        (line.start, line.end, line.actor, line.text, line.language, line.voice, line.position) for line in play.speech
    ]
    return repr((play.seconds, shots, play.contacts, speech, play.music, play.ambience, play.unknown, play.labels))


def test_three_hundred_training_plays_are_read_and_staged_as_ever():
    read, staged = hashlib.sha256(), hashlib.sha256()
    for level in (0, 1, 2):
        for index in range(100):
            bill = playbill(index, level)
            script = parse(bill.text)
            read.update(
                repr(
                    [
                        (shot.start, shot.end, shot.text, shot.clauses, shot.lines, shot.mentions)
                        for shot in script.shots
                    ]
                ).encode()
            )
            read.update(script.preamble.encode())
            staged.update(_told(stage(script, bill.seconds, bill.seed)).encode())
    assert (read.hexdigest(), staged.hexdigest()) == (READ, STAGED)
