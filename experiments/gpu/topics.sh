#!/usr/bin/env bash
# Fine-tune encoders as topic models on a machine with a GPU, run from the checkout: every start × seed in one call.
#
#   OUT=results SEEDS="0 1 2" experiments/gpu/topics.sh "runs/pretrain/phongtrao-mini other/start" data.real=FILE [key=value ...]
#
# Needs torch, transformers, accelerate, onnx, onnxruntime, scikit-learn, pyarrow, pydantic and PyYAML; neither mlflow nor the
# datasets library. Each run's figures are in OUT/START.SEED.json, its model folder in OUT/START.SEED, whose network is
# cut into pieces of 15 MB. Here again: experiments/gpu/topics.sh join OUT/START.SEED, then `phongtrao evaluate topics`.
set -euo pipefail
if [ "${1:-}" = join ]; then
  network="${2:?a model folder}/encoder/network.onnx"
  cat "$network".piece-* > "$network"
  rm "$network".piece-*
  exit
fi
starts=${1:?folders or hub names of encoders}
shift
export PYTHONPATH=src PYTHONUNBUFFERED=1 HF_HUB_OFFLINE=${HF_HUB_OFFLINE:-1}
python=${PYTHON:-python3}
for start in $starts; do
  for seed in ${SEEDS:-0 1 2}; do
    name="$(basename "$start").$seed"
    echo "== $name" >&2
    "$python" experiments/gpu/topics.py "$OUT/$name" configs/topics/ensemble.yaml "model.encoder.start=$start" "seed=$seed" "$@"
    split -b 15m "$OUT/$name/encoder/network.onnx" "$OUT/$name/encoder/network.onnx.piece-"
    rm "$OUT/$name/encoder/network.onnx"
  done
done
