#!/bin/sh
# Load on a server of this machine, and what came of it: bench/serve_load.sh MODEL PICTURE [SECONDS] [CONNECTIONS]
# Needs wrk (apt-get install wrk) and a built program. Starts the server itself, on 127.0.0.1 alone.
#
# First the same pictures go through the library alone (predict --json, which reads, segments and writes as the server does);
# then wrk keeps 64 connections busy. Printed are both throughputs, the latencies, the statuses, the share of time in which the
# network ran, and the resident memory every ten seconds. At the end SIGTERM comes under load: every request must be answered.
set -eu
model=$1 picture=$(realpath "$2") seconds=${3:-300} connections=${4:-64} port=${PORT:-8099}
here=$(cd "$(dirname "$0")/.." && pwd) work=$(mktemp -d)
program=${PROGRAM:-$here/mask2former}
options=${OPTIONS:-} # for predict and serve, such as --size 256x256 --threads 2
trap 'rm -rf "$work"; kill "$server" 2>/dev/null || :' EXIT

count=${COUNT:-200}
mkdir "$work/pictures"
for i in $(seq "$count"); do ln "$picture" "$work/pictures/$i.${picture##*.}" 2>/dev/null || cp "$picture" "$work/pictures/$i.${picture##*.}"; done
# shellcheck disable=SC2086
"$program" predict --model "$model" $options --json "$work/pictures" > /dev/null 2> "$work/predict.log"
echo "library alone: $(tail -n 1 "$work/predict.log")"

# shellcheck disable=SC2086
"$program" serve --model "$model" $options --port "$port" > "$work/out" 2> "$work/log" &
server=$!
until grep -qs ready "$work/out"; do kill -0 "$server"; sleep 0.5; done

cat > "$work/post.lua" <<'LUA'
local file = io.open(os.getenv("PICTURE"), "rb")
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "application/octet-stream"
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init() statuses = {} end
function response(status) statuses[status] = (statuses[status] or 0) + 1 end
function done(summary, latency)
  local all = {}
  for _, thread in ipairs(threads) do
    for status, count in pairs(thread:get("statuses")) do all[status] = (all[status] or 0) + count end
  end
  for status, count in pairs(all) do io.write(string.format("status %d: %d, %.2f/s\n", status, count, count / summary.duration * 1e6)) end
  io.write(string.format("p50 %.0f ms, p99 %.0f ms, longest %.0f ms; errors: connect %d, read %d, write %d, timeout %d\n",
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
    summary.errors.connect, summary.errors.read, summary.errors.write, summary.errors.timeout))
end
LUA
metric() { curl -s "http://127.0.0.1:$port/metrics" | awk -v name="$1" 'index($0, name) == 1 { print $NF }'; }
resident() { ps -o rss= -p "$server" | awk '{ printf "%d", $1 / 1024 }'; }
before=$(metric mask2former_inference_seconds_sum)
PICTURE=$picture wrk -t1 -c"$connections" -d"${seconds}s" --timeout 120s -s "$work/post.lua" "http://127.0.0.1:$port/v1/segment" > "$work/wrk" &
load=$!
printf 'resident MB:'
while kill -0 "$load" 2>/dev/null; do printf ' %s' "$(resident)"; sleep 10; done
printf ' %s\n' "$(resident)"
grep -E '^(status|p50)' "$work/wrk"
after=$(metric mask2former_inference_seconds_sum)
echo "the network ran $(awk -v a="$after" -v b="$before" -v s="$seconds" 'BEGIN { printf "%.1f", 100 * (a - b) / s }') % of the time"

# What wrk left behind is worked off first, so that the last requests find room.
for i in $(seq 60); do case $(metric mask2former_queue_pictures) in 0*) break ;; *) sleep 1 ;; esac; done
# SIGTERM under load: curl tells every request's fate; 000 would be one that was taken and not answered.
seq 24 | PICTURE=$picture xargs -P 24 -I{} sh -c 'curl -s -o /dev/null -w "%{http_code}\n" --data-binary @"$PICTURE" http://127.0.0.1:'"$port"'/v1/segment' > "$work/last" &
last=$!
sleep 1
kill -TERM "$server"
wait "$last" || :
wait "$server" || echo "the server ended with $?"
echo "under SIGTERM: $(sort "$work/last" | uniq -c | tr -s ' \n' ' ')"
