#!/usr/bin/env bash
# Pretraining on a machine with a GPU that has torch, transformers, safetensors and numpy, run from the checkout.
#
# Here:   python experiments/gpu/prepare_pretrain.py runs/gpu/pretrain configs/pretrain.yaml minutes=8 \
#             batch_blocks=512 learning_rate=1e-3
# There:  OUT=results experiments/gpu/pretrain.sh runs/gpu/pretrain            one run, eight minutes and a bit
# Here:   python experiments/gpu/join_pretrain.py runs/gpu/pretrain results --out runs/pretrain/phongtrao-mini
#
# Where no more than so many megabytes travel at a time, carry start/, held.npy and plan.json with the first parts
# and the others after them; each time `STAGE=/tmp/staged experiments/gpu/pretrain.sh runs/gpu/pretrain stage` keeps
# there what has come. Then run with STAGE set: it trains on all that was staged (STAGE must outlast the calls).
set -euo pipefail
folder=${1:?the folder that prepare_pretrain.py wrote}
shift
if [ -n "${STAGE:-}" ]; then
  mkdir -p "$STAGE"
  cp -r "$folder"/. "$STAGE"/
  folder=$STAGE
fi
if [ "${1:-}" = stage ]; then
  ls -l "$folder"
  exit
fi
export PYTHONPATH=src PYTHONUNBUFFERED=1 HF_HUB_OFFLINE=1 PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True
python=${PYTHON:-python3}
"$python" experiments/gpu/pretrain.py "$folder" "${OUT:?where the results go}" "$@" 2>&1 | tee "$OUT.log"
mv "$OUT.log" "$OUT/log.txt"
