"""Replicas and workers die behind the shipped proxy: nothing is lost, and nobody but their own callers notices."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest
from benchmarks.callers import Answer
from benchmarks.ha import Found, configured, judge, run
from benchmarks.kill import database_url

from .conftest import DEPLOY

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
POSTGRES = list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_nginx_takes_the_shipped_configuration(tmp_path):
    text = configured(
        (DEPLOY / "compose" / "nginx.conf").read_text(), tmp_path, 18080, {"api-1": 18601, "api-2": 18602}
    )
    (tmp_path / "nginx.conf").write_text(text)
    done = subprocess.run(
        [NGINX, "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "server 127.0.0.1:18601 max_fails=0;" in text and "api-1" not in text


def test_only_a_killed_replicas_own_answers_are_excused():
    begun = time.monotonic()
    answers = [Answer(kind="poll", begun=begun, ended=begun + 1, status=status) for status in (200, 502, 0)]
    for kills, excused, wrong in (
        ([(begun + 0.5, "api-1")], 2, 0),
        ([(begun + 1.5, "api-1")], 0, 2),
        ([(begun + 0.5, "worker-1")], 0, 2),
    ):
        report = Found(database="none")
        judge(report, answers, kills)
        assert (len(report.excused), len(report.unexcused), report.good) == (excused, wrong, not wrong)


@pytest.mark.nightly
@pytest.mark.skipif(NGINX is None or not POSTGRES, reason="nginx and PostgreSQL are not both installed")
def test_four_kills(tmp_path):
    tmp_path.chmod(0o755)
    with database_url("postgres", tmp_path) as url:
        report = run(tmp_path, url, minutes=1.5, every=20.0, seed=3)
    assert report.good, [*report.lost, *report.twice, *report.repeated, *report.wrong, *report.unexcused]
    assert report.kills >= 4 and report.jobs >= 5 and report.answers > 200
    assert set(report.states) == {"succeeded"}
