#!/bin/sh
# Trains a shipped model anew, all its parts: parts/make.sh facades|nuclei DATA [MASK2FORMER]
# Run it in the project's folder. Killed and started again, it goes on where it was. A day on one core.
set -eu
name=$1 data=$2 mask2former=${3:-./mask2former} runs=runs/train
train() { "$mask2former" train --config "recipes/parts/$name-$1.yaml" --threads 1 --data-root "$data" $2; }
train 1 '--until 1000'
train 2 '--until 1000'
[ -e "$runs/$name-2/fp16/model.safetensors" ] ||
    "$mask2former" convert --model "$runs/$name-2/weights/last.safetensors" --dtype fp16 --output "$runs/$name-2/fp16"
train 3 '--until 1600'
train 4 ''
train 5 ''
train 6 ''
"$mask2former" convert --model "$runs/$name-6/weights/last.safetensors" --dtype fp16 --output "$runs/$name"
cp "recipes/parts/$name-postprocessor.json" "$runs/$name/postprocessor_config.json"
