"""A run's log as a picture."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from phonofilm.errors import MediaError, MissingExtra


def plot(log: Path, out: Path, window: int = 8) -> None:
    """Draw the curves of ``log`` (JSONL of a run, later legs overwriting earlier rows of the same step) into the PNG
    ``out``.

    Raises MissingExtra without matplotlib, MediaError when there is no log."""
    if not log.is_file():
        raise MediaError(f"no log at {log}: give the folder of a run that has begun")
    rows = {row["step"]: row for row in _rows(log)}
    if not rows:
        raise MediaError(f"{log} holds no step yet: wait for the run's first line, or give the folder of another run")
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ModuleNotFoundError as error:
        raise MissingExtra("curves need matplotlib: pip install 'phonofilm[bench]'") from error
    steps = sorted(rows)
    figure, axes = pyplot.subplots(figsize=(9, 4.5), dpi=110)
    for key, colour in (("text.video", "#3b6ea5"), ("text.audio", "#d1495b")):
        values = [(s, rows[s][key]) for s in steps if key in rows[s]]
        smooth = [
            sum(v for _, v in values[max(0, i - window + 1) : i + 1]) / len(values[max(0, i - window + 1) : i + 1])
            for i in range(len(values))
        ]
        axes.plot([s for s, _ in values], [v for _, v in values], color=colour, alpha=0.25, linewidth=1)
        axes.plot(
            [s for s, _ in values], smooth, color=colour, label={"text.video": "picture", "text.audio": "sound"}[key]
        )
    axes.set(xlabel="step", ylabel="text-to-clip loss", yscale="log")
    axes.grid(alpha=0.2, which="both")
    axes.legend(frameon=False)
    figure.tight_layout()
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out)
    pyplot.close(figure)


def _rows(log: Path) -> Iterator[dict[str, Any]]:
    """The readable lines; the last one may be cut short by an interrupt."""
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict) and "step" in row:
            yield row
