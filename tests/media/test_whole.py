"""Files that are there whole or not at all."""

import resource

import pytest

from phonofilm.cli.main import main
from phonofilm.errors import MediaError
from phonofilm.media.video import whole


@pytest.fixture
def full():
    """A disk that takes no more than a kilobyte of a file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_it_appears_at_the_end_and_an_error_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.json"
    with whole(path) as partial:
        partial.write_text("one")
        assert not path.exists() and partial.suffix == ".json"
    with pytest.raises(ZeroDivisionError), whole(path) as partial:
        partial.write_text("two")
        raise ZeroDivisionError
    assert path.read_text() == "one" and [one.name for one in tmp_path.iterdir()] == ["a.json"]


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path, full):
    told = r"a.json' could not be written \(File too large\); free some space"
    with pytest.raises(MediaError, match=told), whole(tmp_path / "a.json") as partial:
        partial.write_text("x" * 5000)
    assert not list(tmp_path.iterdir())


def test_an_export_of_a_prompt_on_a_full_disk(tmp_path, full, capsys):
    out = tmp_path / "storyboard.pdf"
    assert main(["export", "A red ball bounces.", "--for", "storyboard.pdf", "--out", str(out)]) == 2
    assert "free some space" in capsys.readouterr().err and not list(tmp_path.iterdir())
