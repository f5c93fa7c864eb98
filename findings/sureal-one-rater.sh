#!/usr/bin/env bash
# sureal 0.9.0 (Netflix), SubjectMLEModelProjectionSolver2, the subject model of ITU-T P.910: with a small panel the maximum likelihood
# has no maximum. Let one rater's inconsistency go to 0 and the likelihood grows without bound, so the solver hands out *that rater's* opinions
# (shifted by his bias) as the quality scores, says nothing, and calls it converged. Seen, ratings of 1 to 5 with bias 0.3 and noise 0.4 to 1.0:
# six raters, ten clips: six of six panels end so, and lie 1.7 times as far from the truth as the plain mean; ten raters, eight clips: three of six;
# forty raters, sixty clips: none. Whoever counts votes with it needs a floor under each rater's variance.
# Exits with 0 while that is so, with 1 when it changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check sureal==0.9.0 numpy==2.3.5
"$folder/venv/bin/python" - <<'PY' 2>/dev/null
import contextlib
import io
import sys

import numpy as np
from sureal.dataset_reader import RawDatasetReader
from sureal.subjective_model import SubjectMLEModelProjectionSolver2


def panel(seed, raters, clips):
    """Smallest inconsistency, how far the scores are from that rater's own, error of the scores and of the plain mean."""
    chance = np.random.default_rng(seed)
    truth = chance.uniform(1.5, 4.5, clips)
    bias, noise = chance.normal(0, 0.3, raters), chance.uniform(0.4, 1.0, raters)
    said = np.clip(np.rint(truth[:, None] + bias + chance.normal(size=(clips, raters)) * noise), 1, 5)

    class dataset:
        ref_videos = [{"content_id": i, "content_name": str(i), "path": ""} for i in range(clips)]
        dis_videos = [{"content_id": i, "asset_id": i, "os": said[i].tolist(), "path": ""} for i in range(clips)]

    with contextlib.redirect_stdout(io.StringIO()):
        model = SubjectMLEModelProjectionSolver2(RawDatasetReader(dataset)).run_modeling()
    scores, spread = np.array(model["quality_scores"]), np.array(model["observer_inconsistency"])
    off = scores - said[:, spread.argmin()]
    error = lambda found: np.sqrt(np.mean(((found - found.mean()) - (truth - truth.mean())) ** 2))
    return spread.min(), np.ptp(off), error(scores), error(said.mean(axis=1))


print("sureal 0.9.0, six panels of each size")
alone = {}
for raters, clips in ((6, 10), (10, 8), (40, 60)):
    rows = [panel(seed, raters, clips) for seed in range(6)]
    alone[raters] = [row for row in rows if row[0] < 1e-3 and row[1] < 1e-3]
    model, mean = (np.mean([row[i] for row in rows]) for i in (2, 3))
    print(f"{raters} raters, {clips} clips: one rater's opinions {len(alone[raters])} of 6; error {model:.2f}, of the plain mean {mean:.2f}")
same = len(alone[6]) == 6 and 1 <= len(alone[10]) <= 5 and not alone[40]
print("as found" if same else "changed")
sys.exit(not same)
PY
