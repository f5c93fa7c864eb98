"""How far a take's judge can be believed: its verdicts on clips whose content is known.

    python -m benchmarks.takes                   # the theatre's own picture of the held-out prompts

For each attribute and threshold: of the answers given at least so surely, the share that is right, and how many are
given at all; on clean pictures, and on pictures made small, blurred and noisy. One half of the prompts (even) is for
choosing, the other for judging the choice. Then the whole report against the right prompt and another clip's.
"""

from __future__ import annotations

import argparse
from collections import defaultdict

import numpy as np
from scipy.ndimage import gaussian_filter

from phonofilm.evals import take
from phonofilm.evals.heldout import load_suite
from phonofilm.evals.judges import parser
from phonofilm.prompt.parse import parse
from phonofilm.spec import clock
from phonofilm.theatre.draw import paint
from phonofilm.theatre.sound import mix
from phonofilm.theatre.stage.staging import stage

THRESHOLDS = (0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def worn(frames: np.ndarray, seed: int) -> np.ndarray:
    """Blurred by a pixel and a half, with noise of 8 levels that is new in each frame."""
    rng = np.random.default_rng(seed)
    soft = np.stack([gaussian_filter(f.astype(np.float32), (1.5, 1.5, 0)) for f in frames])
    return (soft + rng.normal(0, 8, soft.shape)).clip(0, 255).astype(np.uint8)


def main() -> None:
    """The command line."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--limit", type=int, default=110)
    options.add_argument("--reports", action="store_true", help="the whole reports alone")
    a = options.parse_args()
    prompts = [p for p in load_suite() if p.simple][: a.limit]
    table, answers, reports, clips = parser.known_classes(), defaultdict(list), {"own": [], "other's": []}, []
    for i, prompt in enumerate(prompts):
        if a.reports and i % 4 != 1:
            continue
        play = stage(parse(prompt.text), prompt.seconds, i)
        frames, sound = np.stack(list(paint.picture(play, 256, 144))), mix.sound(play, clock.SAMPLE_RATE)
        labels = {k: parser.folded(k, v) for k, v in prompt.labels.items()}
        for state, pictures in () if a.reports else (("clean", frames), ("worn", worn(frames, i))):
            for name, (value, sure) in parser.weighed(pictures).items():
                if labels.get(name) in table[name]:
                    answers[state, name, i % 2].append((sure, value == labels[name]))
        if i % 4 == 1:
            clips.append((prompt, frames, sound))
    for (state, name, half), rows in sorted(answers.items()):
        cells = []
        for least in THRESHOLDS:
            given = [right for sure, right in rows if sure >= least]
            cells.append(f"{np.mean(given):.0%} of {len(given)}" if given else "none")
        print(
            f"{state} {name} {'judging' if half else 'choosing'} ({len(rows)}): "
            + ", ".join(f">={t:g} {c}" for t, c in zip(THRESHOLDS, cells, strict=True)),
            flush=True,
        )
    for i, (_, frames, sound) in enumerate(clips):
        for whose, text in (("own", clips[i][0].text), ("other's", clips[(i + 7) % len(clips)][0].text)):
            reports[whose].append(take.judge(frames, sound, clock.SAMPLE_RATE, text))
    for whose, done in reports.items():
        print(
            f"{whose} prompt: kept {sum(r.count('kept') for r in done)}, missed {sum(r.count('missed') for r in done)},"
            f" not judged {sum(r.count('not judged') for r in done)}"
        )
    best = [take.ranked([own, other])[0] == 0 for own, other in zip(reports["own"], reports["other's"], strict=True)]
    for name in ("cut", "says", "impacts", *take.SURE):
        rows = [c for r in reports["own"] for c in r.checks if c.what.startswith(name) and c.verdict != "not judged"]
        print(f"own prompt, {name}: {sum(c.verdict == 'kept' for c in rows)} of {len(rows)} judged are kept")
    print(f"the right take ranked first: {sum(best)} of {len(best)}")


if __name__ == "__main__":
    main()
