"""What is done in one place alone: whoever does it elsewhere does it without that place's care."""

import re
from pathlib import Path

import pytest

import phonofilm

ROOT = Path(phonofilm.__file__).parent
DOORS = {
    "strangers' pictures are opened (profiles, depth, transparency)": (r"\bImage\.open\(", {"media/picture.py"}),
    "frames become pictures (which matrix untagged numbers mean)": (r"\.to_image\(|\.to_rgb\(|to_ndarray\(\s*format=|Colorspace\.ITU601", {"media/colour.py"}),  # noqa: E501
    "hosts are looked up (private networks)": (r"\bgetaddrinfo\(|\bgethostbyname", {"storage/addresses.py"}),
    "databases are connected to (a pooler between, a path that is no URL)": (r"\bcreate_engine\(",
        {"jobs/store/database.py", "jobs/run/queue.py", "jobs/store/recorded.py"}),
    "a SQLite path becomes a URL": (r"f\"sqlite:///\{", {"jobs/config.py"}),
    "threads are taken off the event loop (shares, lanes)": (r"to_thread\.run_sync\(|asyncio\.to_thread\(|run_in_executor\(|run_in_threadpool\(", {"server/threads.py"}),  # noqa: E501
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_one_door(door):
    pattern, allowed = DOORS[door]
    found = {str(path.relative_to(ROOT)) for path in ROOT.rglob("*.py") if re.search(pattern, path.read_text())}
    assert found == allowed
