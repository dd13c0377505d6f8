"""A small till for these scenarios. It knows nothing of pos-guard: sockets, and what it sends.

python3 till.py --printer HOST:PORT --scanner HOST:PORT --articles 2 --given 1000
python3 till.py --printer HOST:PORT --terminal HOST:PORT --amount 1250
"""

from __future__ import annotations

import argparse
import socket
import sys
import time

PRICES = {"6901234567892": ("Green tea", 350), "4006381333931": ("Pen", 199)}

ASK_PAPER, PAPER_OUT = b"\x10\x04\x04", 0b01100000  # DLE EOT 4
ASK_DONE = b"\x1dr\x01"  # GS r 1: answered once all before it is printed
PATIENCE_S = 10
DRAWER, CUT = b"\x1bp\x00\x19\xfa", b"\x1dVB\x00"

ACK = b"\x80\x00\x00"
STATUS, COMPLETION, ABORT = b"\x04\x0f", b"\x06\x0f", b"\x06\x1e"


def dial(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE_S)


def take(line: socket.socket, size: int) -> bytes:
    """So many bytes; OSError: the device is gone, or says nothing."""
    data = b""
    while len(data) < size:
        more = line.recv(size - len(data))
        if not more:
            raise ConnectionError("the device hung up")
        data += more
    return data


def scan(address: str, articles: int) -> list[tuple[str, int]]:
    """Take so many articles; a code that nobody knows is not one."""
    basket: list[tuple[str, int]] = []
    with dial(address) as scanner:
        while len(basket) < articles:
            code = b""
            while not code.endswith(b"\r"):
                code += take(scanner, 1)
            article = PRICES.get(code.strip().decode())
            if article is not None:
                basket.append(article)
    return basket


def receive(terminal: socket.socket) -> tuple[bytes, bytes]:
    """One ZVT message: its command and its data (short ones are enough here)."""
    head = take(terminal, 3)
    return head[:2], take(terminal, head[2])


def pay_by_card(address: str, cents: int) -> bool:
    """ZVT authorisation (06 01) of an amount (BMP 04); True: the terminal says that it is paid."""
    paid = False
    with dial(address) as terminal:
        terminal.sendall(b"\x06\x01\x07\x04" + bytes.fromhex(f"{cents:012}"))
        while True:
            command, data = receive(terminal)
            if command[0] == 0x80 or command[0] == 0x84:
                continue
            terminal.sendall(ACK)
            if command == STATUS:
                paid = data[:2] == b"\x27\x00"  # BMP 27, the result: 00 is success
            elif command == COMPLETION:
                return paid
            elif command == ABORT:
                return False


def row(label: str, cents: int) -> str:
    return f"{label:<30}{cents // 100}.{cents % 100:02}"


def print_slip(address: str, lines: list[str], tail: bytes) -> None:
    """Print once there is paper, and cut; OSError: nobody knows that it was printed."""
    with dial(address) as printer:
        begin = time.monotonic()
        printer.sendall(ASK_PAPER)
        while take(printer, 1)[0] & PAPER_OUT:
            if time.monotonic() - begin > PATIENCE_S:
                raise TimeoutError("the printer has no paper")
            time.sleep(0.05)  # noqa: TID251 - a till without events: somebody brings a new roll
            printer.sendall(ASK_PAPER)
        printer.sendall(b"\x1b@" + "\n".join(lines).encode() + b"\n" + tail + CUT + ASK_DONE)
        take(printer, 1)


def main() -> int:
    """Exit code 0: sold, and the receipt is printed; 1: not paid; 3: a device let us down."""
    try:
        return sell()
    except OSError as error:
        print(f"ask for help, and look before you sell it again: {error}", file=sys.stderr)
        return 3


def sell() -> int:
    parser = argparse.ArgumentParser()
    for name in ("printer", "scanner", "terminal"):
        parser.add_argument(f"--{name}", metavar="HOST:PORT")
    parser.add_argument("--articles", type=int, default=1)
    parser.add_argument("--amount", type=int, help="of a card payment, in cents")
    parser.add_argument("--given", type=int, default=0, help="cash, in cents")
    given = parser.parse_args()
    basket = scan(given.scanner, given.articles) if given.scanner else [("Goods", given.amount)]
    total = sum(price for _, price in basket)
    lines = ["Order: 1001", *(row(name, price) for name, price in basket), row("TOTAL", total)]
    if given.terminal:
        if not pay_by_card(given.terminal, total):
            print_slip(given.printer, [*lines, "NOT PAID"], b"")
            return 1
        lines.append(row("CARD", total))
    else:
        lines += [row("CASH", given.given), row("CHANGE", given.given - total)]
    print_slip(given.printer, [*lines, "PAID"], b"" if given.terminal else DRAWER)
    return 0


if __name__ == "__main__":
    sys.exit(main())
