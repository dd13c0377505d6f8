<?php
// Tests of the till:  php test.php            with escpos-php, as composer installed it
//                     php test.php sockets    without it
// AUTOLOAD, in the environment, names another autoload.php than vendor's.
// exit code 0: all is well.

require __DIR__ . '/Simulator.php';
require __DIR__ . '/till.php';

const BASKET = [['Green tea', 350], ['Pen', 199]];

function same(mixed $expected, mixed $got, string $what): void
{
    if ($expected !== $got) {
        throw new AssertionError("$what: " . var_export($got, true) . ', not ' . var_export($expected, true));
    }
}

function test_a_sale_prints_one_receipt_and_opens_the_drawer(Simulator $printer, callable $sell): void
{
    $sell($printer->addresses['tcp'], 'A-17', BASKET);
    $paper = $printer->ask('paper');
    same('', $paper['loose'], 'not cut off');
    same(1, count($paper['slips']), 'receipts');
    $lines = explode("\n", $paper['slips'][0]);
    same('CORNER SHOP', $lines[0], 'the first line');
    same('Order: A-17', $lines[1], 'the order');
    same(1, preg_match('/^TOTAL EUR +5\.49$/', $lines[4]), "the total in '{$lines[4]}'");
    same('PAID', end($lines), 'the last line');
    same(1, $printer->ask('state')['drawer'], 'pulses of the drawer');
}

function test_without_paper_nothing_is_printed_and_the_till_says_so(Simulator $printer, callable $sell): void
{
    $printer->ask('fault', ['name' => 'paper_out']);
    try {
        $sell($printer->addresses['tcp'], 'A-18', BASKET);
        throw new AssertionError('the till printed without paper');
    } catch (NoPaper) {
        same(0, count($printer->ask('paper')['slips']), 'receipts');
    }
    $printer->ask('clear', ['name' => 'paper_out']);
    $sell($printer->addresses['tcp'], 'A-18', BASKET);
    same(1, count($printer->ask('paper')['slips']), 'receipts');
}

$sell = 'sell_with_' . ($argv[1] ?? 'library');
if ($sell === 'sell_with_library') {
    require getenv('AUTOLOAD') ?: __DIR__ . '/vendor/autoload.php';
}
$tests = array_filter(get_defined_functions()['user'], fn ($name) => str_starts_with($name, 'test_'));
$failed = 0;
foreach ($tests as $test) {
    $printer = new Simulator('printer', '--tcp', '127.0.0.1:0', '--profile', 'epson');
    try {
        $test($printer, $sell);
        echo "ok      $test\n";
    } catch (Throwable $error) {
        $failed++;
        echo "FAILED  $test: {$error->getMessage()}\n";
    } finally {
        $printer->stop();
    }
}
exit($failed ? 1 : 0);
