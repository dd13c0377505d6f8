#!/bin/sh
# Tests of the till:  sh test.sh     Exit code 0: all is well.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
simulator=

simulate() { # simulate OPTION…: start a printer and wait until it is ready
    mkfifo "$work/ready"
    pos-guard simulate printer --pty "$work/printer" --out "$work/receipts" "$@" >"$work/ready" &
    simulator=$!
    read -r _ <"$work/ready"
    rm "$work/ready"
}
stop() {
    [ -z "$simulator" ] || { kill "$simulator" && wait "$simulator"; }
    simulator=
}
trap 'stop; rm -rf "$work"' EXIT
failed() { echo "FAILED  $1"; exit 1; }

simulate --profile epson
sh till.sh "$work/printer" A-17 'Green tea=350' Pen=199
stop # it has written all receipts when it has ended
grep -q '^CORNER SHOP' "$work/receipts/0001.txt" || failed 'the first line'
grep -q '^Order: A-17' "$work/receipts/0001.txt" || failed 'the order'
grep -Eq '^TOTAL EUR +5\.49' "$work/receipts/0001.txt" || failed 'the total'
[ "$(tail -n 1 "$work/receipts/0001.txt")" = PAID ] || failed 'the last line'
echo 'ok      a sale'

rm -r "$work/receipts"
simulate --profile epson --fault paper_out
code=0
sh till.sh "$work/printer" A-18 Pen=199 2>"$work/said" || code=$?
stop
[ "$code" = 3 ] || failed "no paper: exit code $code"
[ -z "$(ls "$work/receipts" 2>/dev/null)" ] || failed 'a receipt without paper'
echo 'ok      no paper'
