#!/usr/bin/env bash
# An abstractive summarizer on a machine with a GPU that has torch, transformers, accelerate, tokenizers, safetensors and
# numpy, run from the checkout: the whole of VietNews, then the seed corpus, then summaries of the validation articles.
#
# Here:   python experiments/gpu/prepare_summary.py runs/gpu/summary configs/summary/abstractive.yaml \
#             model.epochs=null model.minutes=20 model.batch_tokens=65536 model.learning_rate=5e-4
# There:  OUT=results experiments/gpu/summary.sh runs/gpu/summary --minutes 20          25 minutes in all
# Here:   python experiments/gpu/join_summary.py runs/gpu/summary results out=models/abstractive
#
# Where no more than so many megabytes travel at a time, carry start/, tokens/, plan.json, seed.xz and *.held.xz with the
# first news parts and the others after them; each time `STAGE=/tmp/staged experiments/gpu/summary.sh FOLDER stage` keeps
# there what has come (STAGE must outlast the calls). Then run with STAGE set: it trains on all that was staged.
#
# Where a call may not last so long: `... summary.sh FOLDER start [--minutes 20]` begins in a session of its own and comes
# back; `... summary.sh FOLDER wait 570` waits at most so many seconds, and says with status 3 that it goes on. Both need
# STAGE and keep results in $STAGE/results, from where `wait` copies them to OUT when all is done.
set -euo pipefail
folder=${1:?the folder that prepare_summary.py wrote}
shift
verb=${1:-}
export PYTHONPATH=src PYTHONUNBUFFERED=1 HF_HUB_OFFLINE=1 PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True
python=${PYTHON:-python3}
if [ -n "${STAGE:-}" ] && [ -d "$folder" ]; then
  mkdir -p "$STAGE"
  cp -r "$folder"/. "$STAGE"/
fi
folder=${STAGE:-$folder}
case "$verb" in
stage)
  ls -l "$folder"
  ;;
start)
  shift
  rm -rf "${STAGE:?a folder that outlasts the calls}/results" "$STAGE/log.txt" "$STAGE/status"
  setsid nohup bash -c '"$0" experiments/gpu/summary.py "$@" > "$STAGE/log.txt" 2>&1; echo $? > "$STAGE/status"' \
    "$python" "$folder" "$STAGE/results" "$@" < /dev/null > /dev/null 2>&1 &
  ;;
wait)
  until=$((SECONDS + ${2:-570}))
  while [ ! -f "${STAGE:?}/status" ] && [ $SECONDS -lt $until ]; do sleep 2; done
  tail -n 15 "$STAGE/log.txt"
  [ -f "$STAGE/status" ] || exit 3
  mkdir -p "${OUT:?where the results go}"
  cp "$STAGE/log.txt" "$OUT/log.txt"
  [ ! -d "$STAGE/results" ] || cp "$STAGE/results"/* "$OUT"/
  exit "$(cat "$STAGE/status")"
  ;;
*)
  mkdir -p "${OUT:?where the results go}"
  "$python" experiments/gpu/summary.py "$folder" "$OUT" "$@" 2>&1 | tee "$OUT/log.txt"
  ;;
esac
