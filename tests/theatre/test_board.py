"""What leaves the house: storyboards, time lines and cue sheets, each read back by another program's own library."""

import csv
import io

import mido
import opentimelineio as otio
import pypdf
import pytest

from phonofilm.cli.main import EXPORTS, main
from phonofilm.prompt import parse
from phonofilm.prompt.editing.export import DIALECTS
from phonofilm.spec import clock
from phonofilm.theatre.board import FORMS, Board

PROMPT = """A boy and a girl on a beach at sunset, cheerful music.
[0-2s] A red ball bounces, the camera pushes in.
[2-3.5s] Close-up of the girl. girl: "What a beautiful evening, ¡sí!" [en]
[3.5-5s] The boy plays the drum."""


@pytest.fixture(scope="module")
def board():
    return Board(script=parse(PROMPT), seconds=5.0, seed=3)


def test_a_storyboard_has_a_row_and_a_picture_for_each_shot(board):
    pages = pypdf.PdfReader(io.BytesIO(board.write("storyboard.pdf"))).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    for said in (
        "A red ball bounces, the camera pushes in.",
        "What a beautiful evening, ¡sí!",
        "0.00–2.00 s",
        "2.00–3.50 s",
        "3.50–5.00 s",
        "camera: push in",
        "place: beach",
    ):
        assert said in text, said
    sizes = [image.image.size for page in pages for image in page.images]
    assert sizes == [(480, 270)] * 3
    assert board.write("storyboard.pdf") == board.write("storyboard.pdf"), "the same request, the same file"


def test_a_storyboard_of_many_shots_in_another_script_takes_pages():
    prompt = "\n".join(f"镜头{n}：一只猫跳舞 <{n}> & more" for n in range(1, 13))
    pages = pypdf.PdfReader(
        io.BytesIO(Board(script=parse(prompt), seconds=15.0, seed=0, ratio="9:16").write("storyboard.pdf"))
    ).pages
    assert len(pages) > 1
    images = [image.image.size for page in pages for image in page.images]
    assert len(images) == 12 and all(width < height for width, height in images)
    assert "一只猫跳舞" in "".join(page.extract_text() for page in pages)


def test_a_time_line_is_read_back_with_its_cuts_in_the_frames_of_the_clip(board):
    timeline = otio.adapters.read_from_string(board.write("timeline.otio").decode(), "otio_json")
    clips = list(timeline.find_clips())
    assert [clip.name for clip in clips] == ["shot 1", "shot 2", "shot 3"]
    spans = [(int(clip.source_range.start_time.value), int(clip.source_range.duration.value)) for clip in clips]
    assert spans == [(0, 49), (49, 36), (85, 36)] and sum(length for _, length in spans) == clock.frames(5.0)
    assert {clip.source_range.start_time.rate for clip in clips} == {24.0}
    assert (
        clips[0].metadata["phonofilm"]["camera"] == "push_in"
        and clips[2].metadata["phonofilm"]["words"] == "The boy plays the drum."
    )
    (line,) = [marker for marker in clips[1].markers if marker.metadata["phonofilm"]["kind"] == "line"]
    assert line.name == "girl: What a beautiful evening, ¡sí!" and line.marked_range.start_time.value >= 49
    assert any(marker.name.endswith(": bounce") for marker in clips[0].markers)


def test_an_edit_list_is_read_back_with_the_same_cuts(board):
    timeline = otio.adapters.read_from_string(board.write("timeline.edl").decode(), "cmx_3600", rate=24)
    clips = list(timeline.find_clips())
    assert [int(clip.source_range.duration.value) for clip in clips] == [49, 36, 36]
    assert [clip.name.strip() for clip in clips] == ["shot 1", "shot 2", "shot 3"]


def test_a_cue_sheet_says_what_is_seen_and_heard_when(board):
    rows = list(csv.DictReader(io.StringIO(board.write("cues.csv").decode("utf-8-sig"))))
    play = board.play()
    assert [float(row["seconds"]) for row in rows] == sorted(float(row["seconds"]) for row in rows)
    assert [row["seconds"] for row in rows if row["kind"] == "shot"] == ["0.000", "2.000", "3.500"]
    bounces = [float(row["seconds"]) for row in rows if row["what"] == "bounce"]
    assert bounces == [round(contact.time, 3) for contact in play.contacts if contact.kind == "bounce"] and bounces
    (line,) = [row for row in rows if row["kind"] == "line"]
    assert line["who"] == "girl" and float(line["seconds"]) == round(play.speech[0].start, 3)
    row = next(row for row in rows if row["what"] == "bounce")
    assert int(row["frame"]) == clock.frame_at(float(row["seconds"])) and row["timecode"].startswith("00:00:0")


def test_words_of_a_prompt_are_no_formula_in_a_spreadsheet():
    board = Board(script=parse('A girl on a beach. girl: "=1+1" [en]'), seconds=4.0, seed=0)
    (row,) = [
        row for row in csv.DictReader(io.StringIO(board.write("cues.csv").decode("utf-8-sig"))) if row["kind"] == "line"
    ]
    assert row["what"] == "'=1+1"


def test_a_midi_file_has_each_cue_at_its_second(board):
    file, play = mido.MidiFile(file=io.BytesIO(board.write("cues.mid")), charset="utf-8"), board.play()
    seconds: dict[str, list[float]] = {}
    for track in file.tracks:
        at = 0.0
        for message in track:
            at += mido.tick2second(message.time, file.ticks_per_beat, mido.bpm2tempo(play.music.tempo))
            kind = {"marker": message.type, "lyrics": message.type}.get(message.type) or (
                f"{track.name}" if message.type == "note_on" else ""
            )
            seconds.setdefault(kind, []).append(at)
    assert seconds["marker"] == pytest.approx([0, 2, 3.5], abs=1e-3)
    assert seconds["lyrics"] == pytest.approx([play.speech[0].start], abs=1e-3)
    assert seconds["beats"] == pytest.approx([beat for beat in play.music.beats if beat < 5], abs=1e-3)
    assert len(seconds["contacts"]) == sum(cue.kind == "contact" for cue in board.cues(play))


def test_the_command_writes_the_file_and_says_where(tmp_path, capsys):
    assert (*DIALECTS, *FORMS) == EXPORTS
    out = tmp_path / "board.pdf"
    assert main(["export", PROMPT, "--for", "storyboard.pdf", "--out", str(out), "--ratio", "1:1"]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    assert {image.image.size for page in pypdf.PdfReader(out).pages for image in page.images} == {(480, 480)}
    assert main(["export", PROMPT, "--for", "timeline.otio", "--out", str(tmp_path / "a.txt")]) == 2
    assert "must end in .otio" in capsys.readouterr().err
