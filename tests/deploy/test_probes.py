"""What whoever restarts and routes goes by: a port that opens when somebody answers, a worker's file, tables moved."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from phonofilm.cli.main import main
from phonofilm.cli.serve import _listen
from phonofilm.jobs.run.worker import ALIVE
from phonofilm.jobs.store.database import Database


def test_a_port_is_held_and_opens_when_somebody_answers():
    listener = _listen("127.0.0.1", 0)
    with pytest.raises(ConnectionRefusedError), socket.create_connection(listener.getsockname(), timeout=5):
        pass
    listener.close()


def test_tables_are_moved_by_a_command_of_its_own(tmp_path, capsys):
    home = str(tmp_path)
    assert main(["migrate", "--home", home]) == 0
    assert "there were none" in capsys.readouterr().out
    assert main(["migrate", "--home", home]) == 0
    assert "before" not in capsys.readouterr().out
    db = Database(f"sqlite:///{tmp_path / 'phonofilm.db'}")
    assert len(set(db.versions())) == 1
    db.close()


def _worker(home, **settings):
    env = {**os.environ, "PHONOFILM_HOME": str(home), "PHONOFILM_ENGINES": json.dumps({"fake": {}}), **settings}
    return subprocess.Popen([sys.executable, "-m", "phonofilm", "worker"], env=env, stdout=subprocess.PIPE, text=True)


def test_a_workers_file_is_as_old_as_its_last_heartbeat(tmp_path):
    (tmp_path / ALIVE).touch()
    os.utime(tmp_path / ALIVE, (1, 1))
    process = _worker(tmp_path, PHONOFILM_HEARTBEAT="0.2")
    try:
        assert "walks" in process.stdout.readline()
        stamps = set()
        deadline = time.monotonic() + 60
        while len(stamps) < 3 and time.monotonic() < deadline:
            time.sleep(0.1)
            stamps.add((tmp_path / ALIVE).stat().st_mtime)
        assert len(stamps) >= 3 and min(stamps) > 1
        process.send_signal(signal.SIGSTOP)  # a process that hangs
        time.sleep(0.5)
        before = (tmp_path / ALIVE).stat().st_mtime
        time.sleep(1.0)
        assert (tmp_path / ALIVE).stat().st_mtime == before
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        assert process.wait(60) == 0
    assert not (tmp_path / ALIVE).exists()
