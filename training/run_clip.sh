#!/bin/sh
# Start or resume one stage of assay-clip in the background, so that it survives the shell that started it.
#   training/run_clip.sh first|bounded|grown|phrased|worded|named|restyled [further options of assay_training.train_clip]
# Each stage starts from the averaged weights of the one before; the shipped weights are the last one's.
# Short spinning: on a shared machine a thread that spins at a barrier keeps its own sibling off the core.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
state=${ASSAY_TRAINING_STATE:-/work/training-state}
stage=${1:?which stage: first, bounded, grown, phrased, worded, named or restyled}
shift
# The stages before `worded` were run without word vectors and with the logit scale free up to 100.
before="--words 0 --max-scale 100"
case $stage in
  # 95 minutes from nothing, plain ReLU.
  first) set -- --minutes 95 --clip 0 $before "$@" ;;
  # The activations learn their bounds, at 48 pixels.
  bounded) set -- --minutes 15 --lr 1.5e-3 --small-until 1.0 --init "$state/first/checkpoint.pt" $before "$@" ;;
  # Scenes and the further icon sets join.
  grown) set -- --minutes 98 --lr 1.5e-3 --init "$state/bounded/checkpoint.pt" $before "$@" ;;
  # Captions with articles join: "a cartoon of a dog".
  phrased) set -- --minutes 9 --lr 6e-4 --small-until 0 --init "$state/grown/checkpoint.pt" $before "$@" ;;
  # Word vectors come under the tokens, and the logit scale's bound falls to 50.
  worded) set -- --minutes 98 --lr 1.5e-3 --small-until 0.25 --init "$state/phrased/checkpoint.pt" "$@" ;;
  # Every word that captions say twice gets a row of its own, and flags come more often.
  named) set -- --minutes 13 --lr 1e-3 --small-until 0 --word-drop 0.1 --init "$state/worded/checkpoint.pt" "$@" ;;
  # Drawings suffer changes of style, neighbours in CLDR's order share a batch, two emoji fonts and six icon sets join.
  restyled) set -- --minutes 78 --lr 1.5e-3 --small-until 0.2 --word-drop 0.1 --memory 4096 --init "$state/named/checkpoint.pt" "$@" ;;
  *) echo "unknown stage $stage: first, bounded, grown, phrased, worded, named or restyled" >&2; exit 2 ;;
esac
folder=$stage
mkdir -p "$state/$folder"
cd "$here"
GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-10000} nohup setsid nice -n 10 "${PYTHON:-python}" -m assay_training.train_clip \
  --out "$state/$folder" "$@" >>"$state/$folder/stdout.log" 2>&1 </dev/null &
echo "$!" >"$state/$folder/pid"
