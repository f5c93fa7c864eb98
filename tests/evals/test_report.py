"""Tables from rows whose answer is known."""

import json
import math

import numpy as np

from phonofilm.evals import report


def rows_of(shift, n=24, seed=0):
    rng = np.random.default_rng(seed)
    out = []
    for k in range(n):
        contacts = np.sort(rng.uniform(0.2, 4.8, 3))
        colour = ("red", "blue", "green", "yellow")[k % 4]
        seen = {"colour": colour if k % 8 else "pink", "kind": "ball"}
        out.append(
            {
                "contacts": contacts.tolist(),
                "onsets": (contacts + shift).tolist(),
                "seconds": 5.0,
                "labels": {"colour": colour, "kind": "ball"},
                "seen": seen,
                "motion": {"amount": 1.0, "moving": 0.1, "flicker": 0.2},
                "simple": k < 20,
            }
        )
    return out


def test_in_step_beats_shifted_and_shuffled():
    good, late = report.sync_table(rows_of(0.01)), report.sync_table(rows_of(0.15))
    chance = report.chance_sync(rows_of(0.01), 50)
    assert good["recall"].value == good["precision"].value == 1.0 and good["offset"][0] < 0.3
    assert late["recall"].value < 0.2 and 3.0 < late["offset"][0] < 4.0
    assert chance["recall"].high < 0.3 < good["recall"].low and chance["recall"].n == 72


def test_silence_is_a_miss_not_a_pass():
    silent = [{**r, "onsets": []} for r in rows_of(0.0)]
    table = report.sync_table(silent)
    assert table["recall"].value == 0 and math.isinf(table["offset"][0]) and table["precision"].n == 0


def test_adherence_counts_only_what_is_stated():
    rows = rows_of(0.0)
    table = report.adherence_table(rows)
    assert table["colour"].hits == 21 and table["colour"].n == 24 and table["place"].n == 0
    chance = report.chance_adherence(rows, 100)
    assert chance["kind"].value == 1.0 and 0.1 < chance["colour"].value < 0.35


def test_nobody_keeps_his_own_partner():
    rows = rows_of(0.0)
    assert all((order != np.arange(24)).all() for order in report.derangements(rows, 20))


def test_report_files(tmp_path):
    path = report.write(tmp_path, {"truth": rows_of(0.0), "native": rows_of(0.15)}, "phonofilm evaluate")
    text, data = path.read_text(), json.loads((tmp_path / "report.json").read_text())
    assert "| recall" in text and "N=72" in text and "native, shuffled" in text
    assert data["sync"]["truth"]["recall"]["value"] == 1.0 and data["adherence"]["native"]["colour"]["n"] == 24
