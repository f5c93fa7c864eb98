"""The command line: what it makes, and how it fails: one line, exit code 2 (130 for Ctrl-C), nothing half-written."""

import os
import signal
import subprocess
import sys
import time

import pytest

import phonofilm
from phonofilm.cli.generate import asked
from phonofilm.cli.main import _parser, main
from phonofilm.media.video import read_clip

FAKE = ["--engine", "fake", "--quiet"]


def test_generate_writes_a_clip(tmp_path, capsys):
    out, card = tmp_path / "a.mp4", tmp_path / "a.png"
    assert (
        main(["generate", "A ball", *FAKE, "--out", str(out), "--duration", "4", "--ratio", "1:1", "--card", str(card)])
        == 0
    )
    clip = read_clip(out)
    assert clip.frames.shape == (97, 640, 640, 3) and clip.sound.shape == (2, 97_000)
    assert clip.title == "A ball"
    assert "640x640" in capsys.readouterr().out
    assert card.stat().st_size > 1000


def test_python_and_the_command_line_make_the_same_file(tmp_path):
    result = phonofilm.generate("A ball", tmp_path / "a.mp4", engine="fake", seconds=4, seed=7)
    assert main(["generate", "A ball", *FAKE, "--out", str(tmp_path / "b.mp4"), "--duration", "4", "--seed", "7"]) == 0
    assert result.path == tmp_path / "a.mp4" and result.seconds == 4 and result.size == (854, 480)
    # the signature carries its time; picture and sound are equal to the bit
    a, b = read_clip(tmp_path / "a.mp4"), read_clip(tmp_path / "b.mp4")
    assert (a.frames == b.frames).all() and (a.sound == b.sound).all()


def test_fast_is_five_steps():
    options = _parser().parse_args(["generate", "A ball", "--fast"])
    assert asked(options, steps=options.steps).steps == 5


def test_without_out_the_frames_can_be_walked():
    result = phonofilm.generate("A ball", engine="fake", seconds=4)
    assert result.path is None
    assert sum(1 for _ in result.frames) == result.n_frames == 97


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["generate", ""], "empty"),
        (["generate", "x " * 2501], "shorten it"),
        (["generate", "[3-5s] a [0-3s] b"], "put the shots in order"),
        (["generate", "[0-9s] a", "--duration", "5"], "ask for a longer clip"),
        (["generate", "a", "--duration", "3"], "4 to 15"),
        (["generate", "a", "--duration", "nan"], "4 to 15"),
        (["generate", "a", "--duration", "soon"], "--help"),
        (["generate", "a", "--resolution", "8k"], "480p"),
        (["generate", "a", "--ratio", "2:1"], "16:9"),
        (["generate", "a", "--seed", "-1"], "0 to"),
        (["generate", "a", "--engine", "nobody"], "native"),
        (["generate", "a", "--fast", "--steps", "9"], "not allowed with"),
        (["generate", "a", "--out", "nowhere/a.mp4"], "create it first"),
        (["generate", "a", "--out", "a.txt"], ".mp4"),
        (["generate", "a", "--card", "nowhere/a.png"], "create it first"),
        (["card", "none.mp4", "--out", "a.png"], "no file"),
        (["model", "info", "giant"], "nano"),
        (["dance"], "--help"),
        ([], "--help"),
    ],
)
def test_mistakes_are_one_line_and_exit_2(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    if arguments[:1] == ["generate"] and "--engine" not in arguments:
        arguments = [*arguments, *FAKE]
    try:
        code = main(arguments)
    except SystemExit as leaving:
        code = leaving.code
    captured = capsys.readouterr()
    assert code == 2
    assert captured.err.count("\n") == 1 and words in captured.err, captured.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_permission(tmp_path, capsys):
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    tmp_path.chmod(0o500)
    assert main(["generate", "a", *FAKE, "--out", str(tmp_path / "a.mp4")]) == 2
    assert "may write" in capsys.readouterr().err


def test_ctrl_c_in_the_middle_exits_130_and_leaves_nothing(tmp_path):
    command = [
        sys.executable,
        "-m",
        "phonofilm",
        "generate",
        "A ball",
        *FAKE,
        "--out",
        str(tmp_path / "a.mp4"),
        "--duration",
        "15",
        "--resolution",
        "1080p",
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not list(tmp_path.iterdir()) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert errors == "phonofilm: interrupted; nothing was written\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    ["", "generate", "judge", "serve", "doctor", "settings", "keys", "numbers", "income", "votes", "rollout", "mcp",
     "engines", "verify", "evaluate"],
)  # fmt: skip
def test_every_help_can_be_printed(command):
    """A bare per cent sign in a help text only fails when it is printed."""
    from phonofilm.cli.main import _parser

    words = [command] if command else []
    parser = _parser(words)
    with pytest.raises(SystemExit) as leaving:
        parser.parse_args([*words, "--help"])
    assert leaving.value.code == 0
