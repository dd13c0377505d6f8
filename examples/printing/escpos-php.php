<?php
// A till that prints with escpos-php: only the printer's address is pos-guard's.
//
//   composer require mike42/escpos-php
//   php escpos-php.php tcp:127.0.0.1:9100 bill A-17
//   php escpos-php.php /run/pos-guard/till-printer paid A-17
//
// Jobs: status | bill ORDER | paid ORDER | logo PICTURE | code TEXT
// AUTOLOAD, in the environment, names another vendor/autoload.php than the one beside this file.
require getenv('AUTOLOAD') ?: __DIR__ . '/vendor/autoload.php';

use Mike42\Escpos\EscposImage;
use Mike42\Escpos\PrintConnectors\FilePrintConnector;
use Mike42\Escpos\PrintConnectors\NetworkPrintConnector;
use Mike42\Escpos\PrintConnectors\PrintConnector;
use Mike42\Escpos\Printer;

function connector(string $where): PrintConnector
{
    if (preg_match('/^tcp:(.*):(\d+)$/', $where, $parts)) {
        return new NetworkPrintConnector($parts[1], (int) $parts[2], 5);
    }
    return new FilePrintConnector($where);
}

function ask(PrintConnector $connector, int $n): int
{
    $connector->write("\x10\x04" . chr($n)); // DLE EOT n
    return ord($connector->read(1));
}

function status(PrintConnector $connector): string
{
    $online = ask($connector, 1) & 0x08 ? 'offline' : 'online';
    $paper = ask($connector, 4);
    return "$online paper " . ($paper & 0x60 ? 'out' : ($paper & 0x0c ? 'low' : 'ok'));
}

function receipt(Printer $printer, string $order, string $last): void
{
    $printer->setJustification(Printer::JUSTIFY_CENTER);
    $printer->selectPrintMode(Printer::MODE_EMPHASIZED | Printer::MODE_DOUBLE_HEIGHT);
    $printer->text("MORNING LIGHT\n");
    $printer->selectPrintMode();
    $printer->textChinese("晨光咖啡馆\n");
    $printer->setJustification();
    $printer->text("Order: $order\n");
    $printer->text(str_pad('Coffee', 36) . str_pad('12.50', 12, ' ', STR_PAD_LEFT) . "\n");
    $printer->text(str_pad('TOTAL', 36) . str_pad('CNY 12.50', 12, ' ', STR_PAD_LEFT) . "\n");
    $printer->text("$last\n");
    if ($last !== 'NOT PAID') {
        $printer->pulse();
    }
    $printer->cut();
}

[, $where, $job] = $argv;
$words = $argv[3] ?? '';
$connector = connector($where);
$printer = new Printer($connector);
switch ($job) {
    case 'status':
        echo status($connector), "\n";
        break;
    case 'logo':
        $printer->bitImage(EscposImage::load($words));
        $printer->text("Thank you\n");
        $printer->pulse();
        $printer->cut();
        break;
    case 'code':
        $printer->qrCode($words, Printer::QR_ECLEVEL_M, 6);
        $printer->text("Scan to pay\n");
        $printer->cut();
        break;
    default:
        receipt($printer, $words, $job === 'bill' ? 'NOT PAID' : "Card 12.50\nPAID");
}
$printer->close();
