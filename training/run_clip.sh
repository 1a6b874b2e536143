#!/bin/sh
# Start or resume one stage of assay-clip in the background, so that it survives the shell that started it.
#   training/run_clip.sh first|bounded|grown|phrased [further options of assay_training.train_clip]
# Each stage starts from the averaged weights of the one before; the shipped weights are the last one's.
# Short spinning: on a shared machine a thread that spins at a barrier keeps its own sibling off the core.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
state=${ASSAY_TRAINING_STATE:-/work/training-state}
stage=${1:?which stage: first, bounded, grown or phrased}
shift
case $stage in
  # 95 minutes from nothing, plain ReLU.
  first) folder=assay-clip; set -- --minutes 95 --clip 0 "$@" ;;
  # The activations learn their bounds, at 48 pixels.
  bounded) folder=stage-a; set -- --minutes 15 --lr 1.5e-3 --small-until 1.0 --init "$state/assay-clip/checkpoint.pt" "$@" ;;
  # Scenes and the further icon sets join.
  grown) folder=stage-b; set -- --minutes 98 --lr 1.5e-3 --init "$state/stage-a/checkpoint.pt" "$@" ;;
  # Captions with articles join: "a cartoon of a dog".
  phrased) folder=stage-c; set -- --minutes 9 --lr 6e-4 --small-until 0 --init "$state/stage-b/checkpoint.pt" "$@" ;;
  *) echo "unknown stage $stage: first, bounded, grown or phrased" >&2; exit 2 ;;
esac
mkdir -p "$state/$folder"
cd "$here"
GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-10000} nohup setsid nice -n 10 "${PYTHON:-python}" -m assay_training.train_clip \
  --out "$state/$folder" "$@" >>"$state/$folder/stdout.log" 2>&1 </dev/null &
echo "$!" >"$state/$folder/pid"
