#!/bin/sh
# Start or resume the assay-clip run in the background, so that it survives the shell that started it.
#   training/run_clip.sh [further options of assay_training.train_clip]
# Short spinning: on a shared machine a thread that spins at a barrier keeps its own sibling off the core.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
state=${ASSAY_TRAINING_STATE:-/work/training-state}
mkdir -p "$state/assay-clip"
cd "$here"
GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-10000} nohup setsid nice -n 10 "${PYTHON:-python}" -m assay_training.train_clip \
  --minutes 95 --out "$state/assay-clip" "$@" >>"$state/assay-clip/stdout.log" 2>&1 </dev/null &
echo "$!" >"$state/assay-clip/pid"
