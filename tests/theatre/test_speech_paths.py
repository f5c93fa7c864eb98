"""The voice works wherever the package lies, and a plain one is told."""

from phonofilm.engines.animatic import engine as animatic
from phonofilm.prompt import parse
from phonofilm.theatre.sound import speech
from phonofilm.theatre.stage.staging import stage


def test_a_data_folder_deeper_than_espeak_has_room_for(tmp_path, monkeypatch):
    library, data = speech.espeak_files()
    deep = tmp_path / ("x" * 120) / ("y" * 100)
    deep.mkdir(parents=True)
    (deep / "espeak-ng-data").symlink_to(data)
    monkeypatch.setattr(speech, "espeak_files", lambda: (library, str(deep / "espeak-ng-data")))
    worker = speech._Worker()
    try:
        answer, pcm = worker.ask({"text": "hello", "voice": "en-us", "pitch": 50, "rate": 150})
    finally:
        worker.close()
    assert "error" not in answer and len(answer["phonemes"]) > 3 and len(pcm) > 8_000


def test_a_plain_voice_is_told(monkeypatch):
    play = stage(parse('A woman in a park says: "Good morning." '), 5.0, 3)
    assert play.speech and not any("buzzing" in note for note in animatic.notes(play))
    monkeypatch.setattr(speech, "speech_engine", lambda: "formant")
    assert any("espeakng-loader" in note for note in animatic.notes(play))
    silent = stage(parse("A ball bounces."), 5.0, 3)
    assert not silent.speech and not any("espeakng" in note for note in animatic.notes(silent))
