// Makes the JSON files of two more Node encoders from contents_more.json:
//   npm install @tillpos/xml-escpos-helper@0.3.1 escpos-print@1.1.1 iconv-lite
//   NODE_PATH=…/node_modules node make_more_node.mjs
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(path.join(process.env.NODE_PATH, 'x.js'));
const contents = JSON.parse(fs.readFileSync(path.join(here, 'contents_more.json'), 'utf8'));
const iconv = require('iconv-lite');
const { EscPos } = require('@tillpos/xml-escpos-helper');
const { default: Printer } = require('escpos-print/Printer');

const pages = { cp437: 0, cp850: 2, cp860: 3, cp858: 19, cp1252: 16, cp852: 18, cp866: 17, cp737: 14 };
const encodings = {
  ascii: ['cp437'], latin1: ['cp850', 'cp1252', 'cp860'], euro: ['cp858'], latin2: ['cp852'],
  cyr: ['cp866'], greek: ['cp737'], ja: ['Shift_JIS'], zh: ['GB18030'], tw: ['Big5'], ko: ['cp949'],
};
const has = (text, encoding) => iconv.decode(iconv.encode(text, encoding), encoding) === text;

function xml(lines, styled) {
  const escape = (line) => line.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
    .replace(/ /g, '&nbsp;');
  const ways = [
    (line) => `<align mode="center"><bold><text-line size="1:1">${line}</text-line></bold></align>`,
    (line) => `<underline><text-line size="0:0">${line}</text-line></underline>`,
    (line) => `<white-mode><text>${line}</text></white-mode><break-line/>`,
    (line) => `<small><text-line>${line}</text-line></small>`,
  ];
  const rows = lines.map((line, at) => (
    styled ? ways[at % 4](escape(line)) : `<text-line>${escape(line)}</text-line>`));
  if (styled) {
    rows.push('<barcode system="EAN_13">4006381333931</barcode><line-feed/>');
    rows.push('<barcode system="CODE_39" labelPosition="NOT_PRINT">HID-7</barcode>');
    rows.push('<qrcode ecl="M">https://example.org/t</qrcode>');
  }
  const document = `<document>${rows.join('')}<paper-cut/></document>`;
  const shown = styled ? [...lines, '4006381333931'] : lines;
  const bytes = EscPos.getBufferFromXML(`<?xml version="1.0" encoding="UTF-8"?>${document}`);
  return [bytes, shown.join('\n')];
}

async function print(lines, encoding, styled) {
  const out = [];
  const printer = new Printer({ write: async (part) => { out.push(part); } }, encoding);
  const shown = [...lines];
  if (styled) printer.init();
  if (encoding in pages) printer.setCodeTable(pages[encoding]);
  if (styled) printer.resetToDefault().setJustification(1).setTextMode(0x38);
  lines.forEach((line, at) => {
    printer.writeLine(line);
    if (styled && at === 0) printer.setTextMode(0).setJustification(0).setFont(1).setInverse(true);
  });
  if (styled) {
    printer.barcode('123456789104', 0, 60, 2, 0, 2).barcode('AB-9', 4, 60, 2, 0, 0);
    printer.qr('https://example.org', 49, 4).pdf417('pdf data').beep().feed(3).reverse(1);
    printer.cut(true).openDrawer();
    shown.push('123456789104');
  }
  await printer.flush();
  return [Buffer.concat(out), shown.join('\n')];
}

function save(program, file, documents) {
  const home = path.join(process.env.NODE_PATH, program, 'package.json');
  const { version } = JSON.parse(fs.readFileSync(home, 'utf8'));
  const text = JSON.stringify({ program, version, documents }, null, 1);
  fs.writeFileSync(path.join(here, file), `${text}\n`);
}

const row = (name, [bytes, text]) => ({ name, text, bytes: bytes.toString('base64') });
const byXml = [];
const byPrint = [];
for (const [key, { lang, lines }] of Object.entries(contents)) {
  for (const styled of [false, true]) {
    const kind = styled ? 'styled' : 'plain';
    byXml.push(row(`${key}/${kind}`, xml(lines, styled)));
    for (const encoding of encodings[lang]) {
      if (has(lines.join(''), encoding)) {
        byPrint.push(row(`${key}/${encoding} ${kind}`, await print(lines, encoding, styled)));
      }
    }
  }
}
save('@tillpos/xml-escpos-helper', 'tillpos-xml-escpos-helper.json', byXml);
save('escpos-print', 'escpos-print.json', byPrint);
