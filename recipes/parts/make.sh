#!/bin/sh
# Trains a shipped model anew, all its parts: parts/make.sh facades|nuclei DATA [MASK2FORMER]
# Run it in the project's folder. Killed and started again, it goes on where it was. Five hours on one core, then ten minutes on a GPU
# (DEVICE=cuda; as made here), or a day on the core.
set -eu
name=$1 data=$2 mask2former=${3:-./mask2former} runs=runs/train device=${DEVICE:-cpu}
train() { "$mask2former" train --config "recipes/parts/$name-$1.yaml" --threads 1 --data-root "$data" $2; }
half() {
    [ -e "$runs/$name-$1/fp16/model.safetensors" ] ||
        "$mask2former" convert --model "$runs/$name-$1/weights/last.safetensors" --dtype fp16 --output "$runs/$name-$1/fp16"
}
train 1 '--until 1000'
train 2 '--until 1000'
half 2
train 3 '--until 1600'
train 4 ''
train 5 ''
train 6 ''
half 6
train 7 "--device $device"
train 8 "--device $device"
"$mask2former" convert --model "$runs/$name-8/weights/last.safetensors" --dtype fp16 --output "$runs/$name"
cp "recipes/parts/$name-postprocessor.json" "$runs/$name/postprocessor_config.json"
