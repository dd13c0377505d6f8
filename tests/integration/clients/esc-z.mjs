// @node-escpos' own QR command (GS Z, ESC Z), for the few printers that know it: URL TEXT
import { Printer } from '@node-escpos/core';
import Network from '@node-escpos/network-adapter';

const [where, text] = process.argv.slice(2);
const { hostname, port } = new URL(where.replace('tcp:', 'tcp://'));
const adapter = new Network(hostname, Number(port), 5000);
await new Promise((done, fail) => adapter.open((error) => (error ? fail(error) : done())));
const printer = new Printer(adapter, {});
printer.qrcode(text, 0, 'M', 4).text('').text('Scan to pay').cut();
const answered = printer.getStatus(class { static commands = () => ['\x10', '\x04', '\x01']; });
await printer.flush();
await answered;
await printer.close();
