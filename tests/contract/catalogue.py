"""All statements, in the order of the documentation."""

from __future__ import annotations

from tests.contract.checks_cdc import CDC
from tests.contract.checks_clients import CLIENTS
from tests.contract.checks_ftdi import FTDI
from tests.contract.checks_hid import BUS, KEYS, RAW
from tests.contract.checks_libraries import OTHERS
from tests.contract.checks_network import NETWORK
from tests.contract.checks_ports import PORTS
from tests.contract.checks_pty import PTY
from tests.contract.checks_receiptio import STATUS
from tests.contract.checks_serial import SERIAL
from tests.contract.checks_usbfs import FS
from tests.contract.checks_usblp import LP

FAMILIES = (LP, FS, SERIAL, CDC, FTDI, PTY, NETWORK, KEYS, RAW, BUS, CLIENTS, STATUS, OTHERS, PORTS)

STATEMENTS = tuple(statement for family in FAMILIES for statement in family.statements)

BY_ID = {statement.id: statement for statement in STATEMENTS}

FOREIGN = (*STATUS.statements, *OTHERS.statements)
"""About programs in other languages, which may be missing."""
