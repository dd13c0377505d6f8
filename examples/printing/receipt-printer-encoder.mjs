// A till that prints with receipt-printer-encoder: only the printer's address is pos-guard's.
//
//   npm install @point-of-sale/receipt-printer-encoder @point-of-sale/network-receipt-printer \
//     serialport iconv-lite pngjs
//   node receipt-printer-encoder.mjs tcp:127.0.0.1:9100 bill A-17
//   node receipt-printer-encoder.mjs /run/pos-guard/till-printer paid A-17
//
// Jobs: status | bill ORDER | paid ORDER | logo PICTURE | code TEXT
import fs from 'node:fs';
import NetworkReceiptPrinter from '@point-of-sale/network-receipt-printer';
import ReceiptPrinterEncoder from '@point-of-sale/receipt-printer-encoder';
import iconv from 'iconv-lite';
import { PNG } from 'pngjs';
import { SerialPort } from 'serialport';

const [where, job, words] = process.argv.slice(2);

// Both kinds of port as { print(bytes), ask(bytes) -> first byte of the answer, close() }.

async function overNetwork(host, port) {
  const printer = new NetworkReceiptPrinter({ host, port: Number(port), timeout: 5000 });
  await new Promise((done, fail) => {
    printer.addEventListener('connected', done);
    printer.addEventListener('error', fail);
    printer.addEventListener('timeout', () => fail(new Error('the printer does not answer')));
    printer.connect();
  });
  await printer.listen();
  let heard;
  printer.addEventListener('data', (data) => heard(data[0]));
  return {
    print: (bytes) => printer.print(bytes),
    ask: (bytes) => new Promise((done) => { heard = done; printer.print(Buffer.from(bytes)); }),
    close: () => printer.disconnect(),
  };
}

async function overSerial(path) {
  const port = new SerialPort({ path, baudRate: 115200, autoOpen: false });
  await new Promise((done, fail) => port.open((error) => (error ? fail(error) : done())));
  return {
    print: (bytes) => new Promise((done) => port.write(Buffer.from(bytes), done)),
    ask: (bytes) => new Promise((done) => {
      port.once('data', (data) => done(data[0]));
      port.write(Buffer.from(bytes));
    }),
    close: () => port.close(),
  };
}

const encoder = () => new ReceiptPrinterEncoder({ language: 'esc-pos', columns: 48 }).initialize();

// The encoder has no GB18030; switch to Kanji mode (FS &), send it, switch back (FS .).
const chinese = (text) => [0x1c, 0x26, ...iconv.encode(text, 'GB18030'), 0x1c, 0x2e];

function receipt(order, last) {
  const doc = encoder();
  doc.align('center').bold(true).size(1, 2).line('MORNING LIGHT').size(1, 1).bold(false);
  doc.raw(chinese('晨光咖啡馆')).newline().align('left');
  doc.line(`Order: ${order}`);
  doc.table([{ width: 36, align: 'left' }, { width: 12, align: 'right' }], [
    ['Coffee', '12.50'], ['TOTAL', 'CNY 12.50'],
  ]);
  for (const line of last) doc.line(line);
  if (last.length > 1) doc.pulse();
  return doc.newline().cut().encode();
}

function logo(picture) {
  const { width, height, data } = PNG.sync.read(fs.readFileSync(picture));
  const image = { width, height, data: new Uint8ClampedArray(data) };
  return encoder().image(image, width, height, 'threshold').line('Thank you').pulse().cut().encode();
}

const code = (text) => encoder().qrcode(text).line('Scan to pay').cut().encode();

const [, host, port] = /^tcp:(.*):(\d+)$/.exec(where) ?? [];
const printer = await (host ? overNetwork(host, port) : overSerial(where));
if (job === 'status') {
  const online = (await printer.ask([0x10, 0x04, 0x01])) & 0x08 ? 'offline' : 'online';
  const paper = await printer.ask([0x10, 0x04, 0x04]);
  console.log(online, 'paper', paper & 0x60 ? 'out' : paper & 0x0c ? 'low' : 'ok');
} else {
  if (job === 'logo') await printer.print(logo(words));
  else if (job === 'code') await printer.print(code(words));
  else await printer.print(receipt(words, job === 'bill' ? ['NOT PAID'] : ['Card 12.50', 'PAID']));
  await printer.ask([0x10, 0x04, 0x01]); // all was read: closing now loses nothing
}
await printer.close();
