#!/usr/bin/env bash
# The whole recipe of the joint checkpoint, from the theatre to figures; every stage goes on where it was stopped.
#
#   recipes/first_light.sh all                                       on a laptop: preset nano, hours
#   PRESET=small CLIPS=12000 BATCH=64 STEPS=12000 DEVICE=cuda MINUTES=9 recipes/first_light.sh encode    then cues, then train, again and again, then finish
#
# Data first, and much of it: whether contacts can be told from unseen clips depends on how many were seen (docs/log.md).
set -euo pipefail
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-.venv/bin/python}
OUT=${OUT:-runs/first-light}
PRESET=${PRESET:-nano}
CLIPS=${CLIPS:-4096}          # one body, one action (level 0); a quarter as many of level 2: shots, several actors, dialogue
PLAYS=${PLAYS:-32768}         # staged and not drawn, for the cues alone; half as many of level 2
BATCH=${BATCH:-8}
CUE_STEPS=${CUE_STEPS:-1000}
STEPS=${STEPS:-20000}
RATE=${RATE:-2e-3}
DEVICE=${DEVICE:-cpu}
PROCESSES=${PROCESSES:-$(nproc)}
MINUTES=${MINUTES:-}          # end each training leg after so many minutes
START=${START:-}              # begin from this weight file
SETS=${SETS:-}                # more settings, such as "--set levels.window=11"
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-}
[ -n "$OMP_NUM_THREADS" ] || unset OMP_NUM_THREADS

stage_encode() {  # all processes side by side; whole shards are not made again
  local part
  for part in $(seq "$PROCESSES"); do
    ( export OMP_NUM_THREADS=1
      $PYTHON -m phonofilm.train.cli encode --out "$OUT/latents" --clips "$CLIPS" --level 0 --part "$part/$PROCESSES" --device "$DEVICE"
      $PYTHON -m phonofilm.train.cli encode --out "$OUT/latents" --clips $((CLIPS / 4)) --level 2 --part "$part/$PROCESSES" --device "$DEVICE"
      $PYTHON -m phonofilm.train.cli encode --out "$OUT/latents" --plays "$PLAYS" --level 0 --part "$part/$PROCESSES"
      $PYTHON -m phonofilm.train.cli encode --out "$OUT/latents" --plays $((PLAYS / 2)) --level 2 --part "$part/$PROCESSES"
      [ "$part" != 1 ] || $PYTHON -m phonofilm.train.cli encode --out "$OUT/heldout" --clips 64 --level 0 --split heldout --device "$DEVICE"
    ) &
  done
  local failed=0 job
  for job in $(jobs -p); do wait "$job" || failed=1; done
  return $failed
}

stage_cues() {  # the cue branch and the words alone, from plays
  $PYTHON -m phonofilm.train.cli pretrain --data "$OUT/latents" --out "$OUT/$PRESET-cues" --preset "$PRESET" --task cues --steps "$CUE_STEPS" --batch "$BATCH" \
    --rate "$RATE" --set loop.optimiser=muon --set loop.warmup=40 ${MINUTES:+--minutes "$MINUTES"}
}

stage_train() {  # the whole network; begins from the cues
  local begin=${START:-$OUT/$PRESET-cues/$PRESET.safetensors}
  # shellcheck disable=SC2086  # SETS holds several words
  $PYTHON -m phonofilm.train.cli pretrain --data "$OUT/latents" --out "$OUT/$PRESET" --preset "$PRESET" --steps "$STEPS" --batch "$BATCH" --rate "$RATE" \
    --set loop.optimiser=muon ${MINUTES:+--minutes "$MINUTES"} --start "$begin" $SETS
}

stage_finish() {  # figures of the averaged weights, and the curve
  $PYTHON -m phonofilm.train.cli plot --run "$OUT/$PRESET" --out "$OUT/curve.png"
  $PYTHON -m phonofilm.train.cli validate --data "$OUT/heldout" --weights "$OUT/$PRESET/$PRESET.safetensors"
}

case "${1:-}" in
  encode | cues | train | finish) "stage_$1" ;;
  all) stage_encode && stage_cues && stage_train && stage_finish ;;
  *) echo "usage: recipes/first_light.sh encode | cues | train | finish | all" >&2; exit 2 ;;
esac
