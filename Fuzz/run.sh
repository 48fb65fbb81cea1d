#!/bin/sh
# Builds the decoders with libFuzzer and the address sanitizer, and runs them on a bounded number of
# inputs, or for a bounded time. Writes into .build/fuzz only; needs no network.
#
#   Fuzz/run.sh            200,000 inputs
#   Fuzz/run.sh 50000      that many inputs
#   Fuzz/run.sh 60s        that many seconds
#   Fuzz/run.sh FILE       one input again: what libFuzzer left behind as crash-...
#
# SEED fixes the inputs (default 1); FUZZ_SANITIZE=fuzzer leaves the address sanitizer out.
set -eu

cd "$(dirname "$0")/.."
root=$PWD
build=$root/.build/fuzz
bound=${1:-200000}
sanitize=${FUZZ_SANITIZE:-fuzzer,address}
seed=${SEED:-1}

swiftc=$(command -v swiftc) || { echo "Fuzz/run.sh: no swiftc on the PATH" >&2; exit 1; }
clang=$(dirname "$(readlink -f "$swiftc")")/clang++
[ -x "$clang" ] || clang=clang++

mkdir -p "$build/include" "$build/corpus" "$build/seeds"
printf 'module CSimdjson { header "%s/Sources/CSimdjson/include/CSimdjson.h" export * }\n' "$root" \
    >"$build/include/module.modulemap"

# "fuzzer" would link libFuzzer's main here already.
"$clang" -std=c++17 -O1 -g -fno-omit-frame-pointer \
    "-fsanitize=$(echo "$sanitize" | sed 's/fuzzer/fuzzer-no-link/')" \
    -ISources/CSimdjson/include -c Sources/CSimdjson/CSimdjson.cpp -o "$build/CSimdjson.o"

compile() {
    "$swiftc" -O -g -swift-version 6 -package-name anchord -parse-as-library -wmo \
        -sanitize="$sanitize" -enable-upcoming-feature ExistentialAny \
        -enable-upcoming-feature InternalImportsByDefault \
        -enable-upcoming-feature NonisolatedNonsendingByDefault \
        -I "$build" -I "$build/include" -I Sources/CZlib "$@"
}
module() {
    compile -module-name "$1" -emit-module -emit-module-path "$build/$1.swiftmodule" \
        -c $(find "Sources/$1" -name '*.swift' | sort) -o "$build/$1.o"
}
module Signals
module Intake
# The gold linker warns about the sanitizer's own symbols; real faults stop the script.
compile Fuzz/DecoderFuzz.swift "$build/Signals.o" "$build/Intake.o" "$build/CSimdjson.o" \
    -module-name DecoderFuzz -Xlinker -lsimdjson -Xlinker -lz -Xlinker -lstdc++ \
    -o "$build/decoders" 2>"$build/link.log" || { cat "$build/link.log" >&2; exit 1; }

# The first byte of an input chooses the door: 0 auto, 1 json, 2 f32le, 3 f64le with head, 4 text,
# 5 topic, 6 recording, 7 a recording's round trip and labels.
seed_file() { printf "$2" >"$build/seeds/$1"; }
for door in 000 001 006 007; do
    seed_file "vector-$door" "\\$door"'{"ts":1790000000123,"v":[1.5,-2e3,0]}'
    seed_file "base64-$door" "\\$door"'{"ts":"2026-11-21T01:49:05.5Z","v":"AACAPwAAAEA="}'
    seed_file "line-$door" "\\$door"'{"line":"ERROR drive 3 at 10.0.0.1:80 /var/log 0xff","severity":3,"code":"E1"}'
    seed_file "array-$door" "\\$door"'[1, 2.25, 1e39, NaN, null]'
done
seed_file f32 '\002\000\000\200\077\000\000\000\100'
seed_file f64 '\003\173\330\371\303\240\001\000\000\000\000\000\000\000\000\360\077\000\000\000\000\000\000\000\100'
seed_file text '\004<11>[warn] oil at 35.5degC, \303\274ber 1a2b3c4d \377'
seed_file topic '\005features/press-1/camera'
seed_file json-line '\006{"tst":"2026-11-21T01:49:05.811710Z+0100","topic":"a/b","qos":1,"retain":0,"payload":{"v":[1]}}\n{"tst":"2026-11-21T01:49:05Z","topic":"a","payload_hex":"00ff"}\n{"tst":"2026-11-21T01:49:05Z","topic":"a","payload":"\\u00e9"}'
seed_file labels '\007asset,window_start_ms,split,label,stream\na,1790000000000,train,normal,\n'

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export FUZZ_SCRATCH="$scratch"
# Swift's own backtracer and the sanitizer stand in each other's way: the crash would hang.
export SWIFT_BACKTRACE=enable=no
if [ -f "$bound" ]; then
    "$build/decoders" "$bound"
    exit
fi
case $bound in
    *s) limit=-max_total_time=${bound%s} ;;
    *) limit=-runs=$bound ;;
esac
"$build/decoders" "$limit" "-seed=$seed" -max_len=2048 -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 "-artifact_prefix=$build/" "$build/corpus" "$build/seeds"
