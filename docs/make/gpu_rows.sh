#!/bin/bash
# Every row of docs/benchmarks.md that wants a GPU, in less than ten minutes on an H100 or H200:
#
#     docs/make/gpu_rows.sh FOLDER [PYTHON of OpenVLA's environment]
#
# It leaves FOLDER/*.json and *.svg. Each part is bounded and may fail alone. To try the script where there is no GPU:
#
#     DEVICE=cpu MODEL=ViT-B-16 MODES="32-true" BATCH=4 docs/make/gpu_rows.sh FOLDER
set -u
OUT=${1:?a folder for the figures}
OPENVLA=${2:-}
DEVICE=${DEVICE:-cuda}
MODEL=${MODEL:-ViT-H-14-378-quickgelu}
MODES=${MODES:-tf32 bf16-true 16-true}
BATCH=${BATCH:-64}
CLIPRT=${CLIPRT:-cliprt}
PART_S=${PART_S:-150}
mkdir -p "$OUT"

part() {  # NAME WORDS...: one call of cliprt bench
  local name=$1
  shift
  echo "==> $name" >&2
  timeout "$PART_S" "$CLIPRT" bench "$@" --device "$DEVICE" --model "$MODEL" --format json \
    --picture "$OUT/$name.svg" > "$OUT/$name.json" || echo "    $name failed" >&2
}

for mode in $MODES; do
  part "decide_$mode" decide "runtime.precision=$mode"
done
[ "${COMPILE:-$([ "$DEVICE" = cuda ] && echo 1)}" ] && part decide_compiled decide "runtime.precision=${MODES##* }" runtime.compile=true
part serve serve
part train train "trainer.batch_size=$BATCH" trainer.precision=bf16-mixed
if [ "$OPENVLA" ]; then
  part openvla decide --openvla "$OPENVLA"
fi
