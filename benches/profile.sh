#!/usr/bin/env bash
# Instructions a call, through the guards alone and through the pipe, as callgrind counts them. They are
# the same on a busy machine. Needs valgrind.
#
#     benches/profile.sh                  # all of them
#     benches/profile.sh guards served    # this one; keeps target/profile/guards.served.out to look into
set -euo pipefail
cd "$(dirname "$0")/.."

calls=2000
export CARGO_PROFILE_BENCH_DEBUG=1
binary=$(cargo bench --bench profile --no-run --message-format=json 2>/dev/null |
    sed -n 's/.*"name":"profile".*"executable":"\([^"]*\)".*/\1/p' | tail -1)
out=${CARGO_TARGET_DIR:-target}/profile
mkdir -p "$out"

count() { # guards or pipe, scenario
    local where=guards instructions
    [ "$1" = pipe ] && where='Duplex::exchange'
    instructions=$(valgrind --tool=callgrind --toggle-collect="*$where" \
        --callgrind-out-file="$out/$1.$2.out" "$binary" "$1" "$2" "$calls" 2>&1 |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p')
    printf '%-7s %-14s %8d instructions a call\n' "$1" "$2" $((instructions / calls))
}

if [ $# -eq 2 ]; then
    count "$1" "$2"
    exit
fi
for scenario in take served forbidden rate_limited unknown too_long; do
    count guards "$scenario"
done
for scenario in bare cached by_hand by_hand_event served forbidden rate_limited unknown too_long; do
    count pipe "$scenario"
done
