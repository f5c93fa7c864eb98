"""Workers that die to order, and the service they belong to: what the kill test and its tests share."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

PHASES = ("before", "after", "during")
PRICES = """version = "kill-test-1"
[engines.local]
by = "second"
usd = {"480p" = 0.01}
[engines.vendor]
by = "second"
usd = {"480p" = 0.1}
[engines.blind]
like = "vendor"
"""
ENGINES = ("local", "vendor", "blind")


def configuration(home: Path, database: str, **changes: Any) -> Any:
    """A service on engines that count, small clips, and a short patience with the dead."""
    from phonofilm.jobs.config import Config

    home.mkdir(parents=True, exist_ok=True)
    (home / "prices.toml").write_text(PRICES)
    folder = str(home / "vendors")
    engines = {
        "local": {"kind": "double_local", "folder": folder},
        "vendor": {"kind": "double_vendor", "folder": folder, "finds": True},
        "blind": {"kind": "double_vendor", "folder": folder, "finds": False},
    }
    config = Config(
        home=home,
        database_url=database,
        engines=engines,
        prices=home / "prices.toml",
        profile="none",
        queue_poll=0.02,
        heartbeat=0.3,
        heartbeat_dead=30.0,
        concurrency=3,
        tenant_concurrency=50,
        engine_poll=0.05,
        cancel_poll=0.05,
        fallback=False,
    )
    return replace(config, **changes)


def work(config: Any) -> None:
    """A worker process that obeys orders to die."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from benchmarks import doubles

    doubles.offer()
    doubles.accepted = lambda tag: _die(config.home, "generate", "accepted")
    from phonofilm.jobs.lifecycle import takeover
    from phonofilm.jobs.run import workflow

    takeover.MOST_ALONE, takeover.PAUSE = 10_000, 0.0  # here it is the test that takes the worker down, not the job
    workflow.STEPS = tuple(replace(step, act=_deadly(config.home, step.name, step.act)) for step in workflow.STEPS)
    from phonofilm.jobs.run.worker import run_worker

    (config.home / "logs").mkdir(exist_ok=True)
    log = (config.home / "logs" / f"{os.getpid()}.log").open("w", buffering=1)
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    sys.exit(run_worker(config))


def _deadly(home: Path, step: str, act: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def acted(walk: Any, carry: Any) -> dict[str, Any]:
        _die(home, step, "before")
        order = _take(home, step, "during")
        if order is not None:
            timer = threading.Timer(float(order["delay"]), lambda: os.kill(os.getpid(), signal.SIGKILL))
            timer.daemon = True
            timer.start()
        done = act(walk, carry)
        _die(home, step, "after")
        return done

    return acted


def _die(home: Path, step: str, phase: str) -> None:
    if _take(home, step, phase) is not None:
        os.kill(os.getpid(), signal.SIGKILL)


def _take(home: Path, step: str, phase: str) -> dict[str, Any] | None:
    """An order for this moment, if there is one; taken by one process alone."""
    order = home / f"kill-{step}-{phase}.json"
    try:
        text = order.read_text()
        order.rename(home / f"killed-{os.getpid()}-{time.monotonic_ns()}.json")
    except OSError:
        return None
    return dict(json.loads(text))
