<?php
// Makes escpos-php.json from contents.json:
//   php make_escpos_php.php PATH_OF_A_CHECKOUT_OF_escpos-php VERSION
// Needs the intl and mbstring extensions.
[$script, $root, $version] = $argv;
spl_autoload_register(function ($class) use ($root) {
    $file = "$root/src/" . str_replace('\\', '/', $class) . '.php';
    if (file_exists($file)) {
        require $file;
    }
});

use Mike42\Escpos\CapabilityProfile;
use Mike42\Escpos\PrintConnectors\DummyPrintConnector;
use Mike42\Escpos\Printer;

$contents = json_decode(file_get_contents(__DIR__ . '/contents.json'), true);
$documents = [];

function lines_of($c)
{
    $rows = array_map(fn ($item) => implode('  ', $item), $c['items']);
    return array_merge($c['head'], $rows, [implode('  ', $c['total'])], $c['foot']);
}

function add($name, $connector, $text)
{
    global $documents;
    $bytes = $connector->getData();
    if (substr_count($bytes, '?') > substr_count($text, '?')) {
        return; // the library has no such sign
    }
    $documents[] = ['name' => $name, 'text' => $text, 'bytes' => base64_encode($bytes)];
}

foreach ($contents as $key => $c) {
    $text = implode("\n", array_merge([$c['title']], lines_of($c)));
    foreach (['default', 'simple', 'P822D', 'TEP-200M', 'POS-5890'] as $profile) {
        if (in_array($c['lang'], ['ja', 'zh-cn', 'zh-tw', 'ko']) && $key != 'ja-half') {
            continue;
        }
        $connector = new DummyPrintConnector();
        $printer = new Printer($connector, CapabilityProfile::load($profile));
        $printer->setJustification(Printer::JUSTIFY_CENTER);
        $printer->selectPrintMode(Printer::MODE_DOUBLE_WIDTH | Printer::MODE_EMPHASIZED);
        $printer->text($c['title'] . "\n");
        $printer->selectPrintMode();
        $printer->setJustification();
        foreach (lines_of($c) as $line) {
            $printer->text("$line\n");
        }
        if ($profile == 'default') {
            $printer->setReverseColors(true);
            $printer->setBarcodeTextPosition(Printer::BARCODE_TEXT_BELOW);
            $printer->barcode('ABC', Printer::BARCODE_CODE39);
            $printer->qrCode('not text');
            $printer->pdf417Code('not text');
            $printer->setColor(Printer::COLOR_2);
            $printer->setLineSpacing(40);
        }
        $printer->feed(2);
        $printer->cut();
        $printer->pulse();
        add("$key/$profile", $connector, $text . ($profile == 'default' ? "\nABC" : ''));
        $printer->close();
    }
    if ($c['lang'] == 'zh-cn') {
        $connector = new DummyPrintConnector();
        $printer = new Printer($connector);
        $printer->textChinese("$text\n");
        $printer->text("end\n");
        $printer->cut();
        add("$key/textChinese", $connector, "$text\nend");
        $printer->close();
    }
}
$result = ['program' => 'mike42/escpos-php', 'version' => $version, 'documents' => $documents];
$json = json_encode($result, JSON_PRETTY_PRINT | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
file_put_contents(__DIR__ . '/escpos-php.json', $json . "\n");
fwrite(STDERR, 'escpos-php: ' . count($documents) . "\n");
