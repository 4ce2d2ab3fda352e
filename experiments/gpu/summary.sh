#!/usr/bin/env bash
# An abstractive summarizer on a machine with a GPU that has torch, transformers, accelerate, tokenizers, safetensors and
# numpy, run from the checkout: the whole of VietNews, then the seed corpus, then summaries of the validation articles.
#
# Here:   python experiments/gpu/prepare_summary.py runs/gpu/summary configs/summary/abstractive.yaml \
#             model.epochs=null model.minutes=20 model.batch_tokens=65536 model.learning_rate=4e-4
# There:  export STAGE=/tmp/staged                             a folder that outlasts the calls
#         experiments/gpu/summary.sh runs/gpu/summary/call-1 stage                    keeps what came with this call
#         experiments/gpu/summary.sh runs/gpu/summary/call-2 start --minutes 20       begins, and comes back
#         OUT=results experiments/gpu/summary.sh runs/gpu/summary/call-2 wait 570     again while its status is 3
# Here:   python experiments/gpu/join_summary.py runs/gpu/summary/call-1 results out=models/abstractive
#
# `start` trains on all that was staged, in a session of its own, 25 minutes in all; `wait` waits at most so many seconds
# and copies the results to OUT when all is done. Where everything is in call-1 and a call may last so long, it is
# `OUT=results experiments/gpu/summary.sh runs/gpu/summary/call-1 --minutes 20`, without STAGE.
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
