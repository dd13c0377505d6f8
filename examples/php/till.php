<?php
// A small till, twice: with escpos-php, and with plain sockets. It knows nothing of pos-guard.

use Mike42\Escpos\PrintConnectors\NetworkPrintConnector;
use Mike42\Escpos\Printer;

const PAPER_OUT = 0b01100000;
const ASK_PAPER = "\x10\x04\x04"; // DLE EOT 4: answered at once
const ASK_BEHIND = "\x1dr\x01"; // GS r 1: answered once all before it is printed

class NoPaper extends RuntimeException
{
}

function money(int $cents): string
{
    return sprintf('%d.%02d', intdiv($cents, 100), $cents % 100);
}

function row(string $name, int $cents): string
{
    return str_pad($name, 34) . str_pad(money($cents), 8, ' ', STR_PAD_LEFT) . "\n";
}

/** The receipt of a card sale; $items is a list of [name, cents]. */
function receipt(string $order, array $items): string
{
    $total = array_sum(array_column($items, 1));
    $rows = implode('', array_map(fn ($item) => row(...$item), $items));
    return "CORNER SHOP\nOrder: $order\n" . $rows . row('TOTAL EUR', $total) . row('CARD', $total) . "PAID\n";
}

/** Print with mike42/escpos-php. */
function sell_with_library(string $address, string $order, array $items): void
{
    [$host, $port] = explode(':', $address);
    $connector = new NetworkPrintConnector($host, (int) $port, 5);
    $printer = new Printer($connector);
    try {
        $connector->write(ASK_PAPER);
        if (ord($connector->read(1)) & PAPER_OUT) {
            throw new NoPaper('put a new roll in');
        }
        $printer->text(receipt($order, $items));
        $printer->pulse();
        $printer->cut(Printer::CUT_PARTIAL);
        $connector->write(ASK_BEHIND);
        $connector->read(1);
    } finally {
        $printer->close();
    }
}

/** Print with nothing but PHP. */
function sell_with_sockets(string $address, string $order, array $items): void
{
    [$host, $port] = explode(':', $address);
    $line = fsockopen($host, (int) $port, $code, $message, 5) ?: throw new RuntimeException($message);
    try {
        fwrite($line, ASK_PAPER);
        if (ord(fread($line, 1)) & PAPER_OUT) {
            throw new NoPaper('put a new roll in');
        }
        // ESC @ resets the printer; ESC p opens the drawer; GS V B feeds and cuts.
        fwrite($line, "\x1b@" . receipt($order, $items) . "\x1bp\x00\x19\xfa" . "\x1dVB\x00" . ASK_BEHIND);
        fread($line, 1);
    } finally {
        fclose($line);
    }
}
