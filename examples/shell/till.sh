#!/bin/sh
# A small till for any shell: till.sh PRINTER ORDER NAME=CENTS…   It knows nothing of pos-guard.
# PRINTER is a serial port. Exit code 3: there is no paper.
set -eu
printer=$1 order=$2
shift 2

exec 3<>"$printer"

ask() { # ask BYTES: the printer's one byte, as a number
    printf "$1" >&3
    dd bs=1 count=1 <&3 2>/dev/null | od -An -tu1 | tr -d ' '
}
row() { printf '%-34s%5d.%02d\n' "$1" $(($2 / 100)) $(($2 % 100)); }

if [ $(($(ask '\020\004\004') & 96)) -ne 0 ]; then # DLE EOT 4
    echo 'put a new roll in' >&2
    exit 3
fi

total=0
{
    printf '\033@CORNER SHOP\nOrder: %s\n' "$order"
    for item in "$@"; do
        row "${item%=*}" "${item#*=}"
        total=$((total + ${item#*=}))
    done
    row 'TOTAL EUR' "$total"
    row 'CARD' "$total"
    printf 'PAID\n'
    printf '\033p\000\031\372\035VB\000' # open the drawer; feed and cut
} >&3
ask '\035r\001' >/dev/null # GS r 1: answered once all before it is printed
