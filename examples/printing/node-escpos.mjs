// A till that prints with @node-escpos: only the printer's address is pos-guard's.
//
//   npm install @node-escpos/core @node-escpos/network-adapter @node-escpos/serialport-adapter
//   node node-escpos.mjs tcp:127.0.0.1:9100 bill A-17
//   node node-escpos.mjs /run/pos-guard/till-printer paid A-17
//
// Jobs: status | bill ORDER | paid ORDER | logo PICTURE | code TEXT
import { Image, Printer } from '@node-escpos/core';
import Network from '@node-escpos/network-adapter';
import Serial from '@node-escpos/serialport-adapter';

const [where, job, words] = process.argv.slice(2);

function device() {
  if (!where.startsWith('tcp:')) return new Serial(where, { baudRate: 115200 });
  const [, host, port] = /^tcp:(.*):(\d+)$/.exec(where);
  return new Network(host, Number(port), 5000);
}

// What to ask (DLE EOT n) and how to read the answer; the library's own classes are not exported.
class Online {
  static commands = () => ['\x10', '\x04', '\x01'];
  constructor(byte) { this.text = byte & 0x08 ? 'offline' : 'online'; }
}
class Paper {
  static commands = () => ['\x10', '\x04', '\x04'];
  constructor(byte) { this.text = byte & 0x60 ? 'out' : byte & 0x0c ? 'low' : 'ok'; }
}

async function ask(printer, question) {
  const answer = printer.getStatus(question);
  await printer.flush(); // the library only notes the question down; this sends it
  return (await answer).text;
}

function receipt(printer, order, last) {
  printer.align('CT').style('B').size(1, 2).text('MORNING LIGHT');
  printer.style('NORMAL').size(1, 1).text('晨光咖啡馆').align('LT');
  printer.text(`Order: ${order}`);
  printer.text('Coffee                                     12.50');
  printer.text('TOTAL                                  CNY 12.50');
  for (const line of last) printer.text(line);
  if (last.length > 1) printer.cashdraw(2);
  printer.cut();
}

async function logo(printer, picture) {
  printer.raster(await Image.load(picture));
  printer.text('Thank you').cashdraw(2).cut();
}

// As a picture: qrcode() sends ESC Z, which few printers know and the others print as text.
// Less than 256 dots high: some printers of Chinese make read only the low byte of the height.
async function code(printer, text) {
  await printer.qrimage(text, { type: 'png', mode: 'normal', size: 5, margin: 2 });
  printer.text('Scan to pay').cut();
}

const adapter = device();
await new Promise((done, fail) => adapter.open((error) => (error ? fail(error) : done())));
const printer = new Printer(adapter, { encoding: 'GB18030' });
if (job === 'status') {
  console.log(await ask(printer, Online), 'paper', await ask(printer, Paper));
} else {
  if (job === 'logo') await logo(printer, words);
  else if (job === 'code') await code(printer, words);
  else receipt(printer, words, job === 'bill' ? ['NOT PAID'] : ['Card 12.50', 'PAID']);
  // On a serial port close() clears the port behind the last byte: an answer says that all was read.
  await ask(printer, Online);
}
await printer.close();
