// Makes the JSON files of the Node encoders from contents.json, with the packages that are pinned in
// tests/integration/clients (copy package.json, package-lock.json and .npmrc, then npm ci there):
//   NODE_PATH=…/node_modules node make_node.mjs
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(path.join(process.env.NODE_PATH, 'x.js'));
const contents = JSON.parse(fs.readFileSync(path.join(here, 'contents.json'), 'utf8'));
const iconv = require('iconv-lite');

const linesOf = (c) => [
  ...c.head,
  ...c.items.map((item) => item.join('  ')),
  c.total.join('  '),
  ...c.foot,
];
const textOf = (c) => [c.title, ...linesOf(c)].join('\n');
const dots = { width: 16, height: 8, data: new Uint8ClampedArray(16 * 8 * 4).fill(0) };
for (let i = 3; i < dots.data.length; i += 4) dots.data[i] = 255;

function version(name) {
  const file = path.join(process.env.NODE_PATH, name, 'package.json');
  return JSON.parse(fs.readFileSync(file, 'utf8')).version;
}

async function make(program, documents) {
  const made = [];
  for (const [name, build] of documents) {
    try {
      const [bytes, text] = await build();
      const lost = (t) => [...t].filter((sign) => sign === '?').length;
      if (lost(Buffer.from(bytes).toString('latin1')) > lost(text)) continue; // it has no such sign
      made.push({ name, text, bytes: Buffer.from(bytes).toString('base64') });
    } catch (error) {
      console.error(`${program} ${name}: ${error.message}`);
    }
  }
  const file = program.replace('@', '').replace('/', '-') + '.json';
  const result = { program, version: version(program), documents: made };
  fs.writeFileSync(path.join(here, file), JSON.stringify(result, null, 1) + '\n');
  console.error(`${program}: ${made.length}`);
}

const single = new Set(['en', 'latin1', 'euro', 'latin2', 'cyrillic', 'greek', 'box']);
const encodingOf = { ja: 'Shift_JIS', 'zh-cn': 'GB18030', 'zh-tw': 'Big5', ko: 'EUC-KR' };
const entries = Object.entries(contents);

// receipt-printer-encoder and its forerunner

function encoderDocuments(Encoder, models) {
  const documents = [];
  for (const [key, c] of entries) {
    if (!single.has(c.lang) && key !== 'ja-half') continue;
    for (const model of c.lang === 'en' ? [undefined] : models) {
      const options = model ? { printerModel: model } : {};
      documents.push([`${key}/${model ?? 'default'}`, () => {
        const e = new Encoder({ ...options, imageMode: 'raster' }).initialize().codepage('auto');
        e.align('center').bold(true).width(2).height(2).line(c.title).width(1).height(1).bold(false);
        e.align('left');
        for (const line of linesOf(c)) e.line(line);
        return [e.newline().cut().encode(), textOf(c)];
      }]);
    }
    documents.push([`${key}/styles`, () => {
      const e = new Encoder({ imageMode: 'column' }).initialize().codepage('auto');
      e.align('center').invert(true).line(c.title).invert(false).underline(true);
      e.image(dots, 16, 8, 'threshold');
      for (const line of linesOf(c)) e.line(line);
      e.underline(false).italic(true).italic(false).pulse();
      e.qrcode('https://example.com/not-text', 1, 6, 'm');
      e.barcode('4006381333931', 'ean13', 60);
      e.pdf417 && e.pdf417('not text either', {});
      return [e.cut('partial').encode(), textOf(c)];
    }]);
    documents.push([`${key}/table`, () => {
      const e = new Encoder({ columns: 48 }).initialize().codepage('auto');
      e.line(c.title);
      e.table([{ width: 30, align: 'left' }, { width: 10, align: 'right' }], c.items);
      const rows = c.items.map((item) => item.join(' ')).join('\n');
      if (c.lang === 'en') {
        e.rule({ style: 'double' });
        return [e.cut().encode(), `${c.title}\n${rows}\n${'═'.repeat(48)}`];
      }
      return [e.cut().encode(), `${c.title}\n${rows}`];
    }]);
  }
  const c = contents['en-cafe'];
  documents.push(['en-cafe/hri', () => {
    const e = new Encoder({ columns: 42 }).initialize();
    e.line(c.title).barcode('400638133393', 'ean13', { height: 50, text: true });
    e.barcode('{B*ABC-123', 'code128', { height: 50, text: true }).line('end');
    return [e.cut().encode(), `${c.title}\n4006381333931\n*ABC-123\nend`];
  }]);
  documents.push(['en-cafe/box', () => {
    const e = new Encoder({ columns: 42 }).initialize().codepage('auto');
    e.box({ width: 20, style: 'single' }, 'Inside');
    const text = `┌${'─'.repeat(18)}┐ │Inside│ └${'─'.repeat(18)}┘`;
    return [e.cut().encode(), text];
  }]);
  return documents;
}

{
  const name = '@point-of-sale/receipt-printer-encoder';
  const Encoder = require(name).default ?? require(name);
  const models = [undefined, 'epson-tm-t88vi', 'bixolon-srp350iii', 'citizen-ct-s310ii', 'pos-5890',
    'pos-8360', 'xprinter-xp-n160ii', 'xprinter-xp-t80q', 'youku-58t', 'hp-a779', 'star-mc-print2'];
  await make(name, encoderDocuments(Encoder, models.filter((m) => m !== 'star-mc-print2')));
}
{
  const Encoder = require('esc-pos-encoder');
  await make('esc-pos-encoder', encoderDocuments(Encoder.default ?? Encoder, [undefined])
    .filter(([name]) => !name.endsWith('hri') && !name.endsWith('/table') && !name.endsWith('box')));
}

// node-thermal-printer

{
  const { ThermalPrinter, PrinterTypes, BreakLine } = require('node-thermal-printer');
  const documents = [];
  const sets = { ja: 'JAPAN', 'zh-cn': 'CHINA', 'zh-tw': 'HK_TW', ko: 'KOREA' };
  for (const [key, c] of entries) {
    for (const set of ['', sets[c.lang]].filter((s) => s !== undefined)) {
      documents.push([`${key}/${set || 'auto'}`, async () => {
        const p = new ThermalPrinter({
          type: PrinterTypes.EPSON, interface: '/dev/null', breakLine: BreakLine.NONE,
          removeSpecialCharacters: false,
        });
        if (set) p.setCharacterSet(set);
        p.alignCenter(); p.bold(true); p.setTextDoubleHeight(); p.setTextDoubleWidth();
        p.println(c.title);
        p.setTextNormal(); p.bold(false); p.alignLeft(); p.drawLine();
        for (const line of c.head) p.println(line);
        for (const [a, b] of c.items) p.leftRight(a, b);
        p.invert(true); p.println(c.total.join('  ')); p.invert(false); p.underline(true);
        for (const line of c.foot) p.println(line);
        p.underline(false); p.setTypeFontB(); p.println('12'); p.setTypeFontA();
        p.printQR('not text', { cellSize: 4 }); p.code128('AB-12', { hriPos: 2 });
        p.beep(); p.openCashDrawer(); p.cut();
        const text = [c.title, '-'.repeat(48), ...linesOf(c), '12', 'AB-12'].join('\n');
        return [p.getBuffer(), text];
      }]);
    }
  }
  await make('node-thermal-printer', documents);
}

// node-escpos, old and new

async function nodeEscpos(name, Printer) {
  const documents = [];
  for (const [key, c] of entries) {
    const choices = single.has(c.lang) ? ['utf8', 'cp437'] : ['utf8', encodingOf[c.lang], 'default'];
    for (const encoding of choices) {
      if (encoding === 'cp437' && !['en', 'latin1', 'box'].includes(c.lang)) continue;
      if (encoding === 'default' && c.lang !== 'zh-cn') continue;
      documents.push([`${key}/${encoding}`, async () => {
        const sent = [];
        const device = { write: (data, done) => { sent.push(Buffer.from(data)); done && done(null); },
          open: (done) => done(null), close: (done) => done && done(null) };
        const p = new Printer(device, encoding === 'default' ? {} : { encoding });
        p.hardware('INIT').font('A').align('CT').style('BU').size(1, 1).text(c.title);
        p.style('NORMAL').size(0, 0).align('LT');
        for (const line of linesOf(c)) p.text(line);
        p.beep(1, 2); p.cashdraw(2); p.feed(2); p.cut();
        const chunk = p.buffer._buffer ?? p.buffer;
        await new Promise((done) => p.flush(done) && setTimeout(done, 20));
        return [Buffer.concat(sent), textOf(c)];
      }]);
    }
  }
  await make(name, documents);
}
await nodeEscpos('@node-escpos/core', require('@node-escpos/core').Printer);
await nodeEscpos('escpos', require('escpos').Printer);

// receiptline

{
  const receiptline = require('receiptline');
  const documents = [];
  const codes = { en: ['cp437', 'multilingual', 'shiftjis'], latin1: ['multilingual', 'cp1252', 'cp858'],
    euro: ['multilingual', 'cp858'], latin2: ['cp852', 'multilingual'], cyrillic: ['cp866', 'multilingual'],
    ja: ['shiftjis', 'cp932'], 'zh-cn': ['gb18030', 'cp936'], 'zh-tw': ['big5', 'cp950'], ko: ['ksc5601', 'cp949'] };
  const clean = (text) => text.replace(/[\\|{}~_"`^\-=]/g, (sign) => '\\x' + sign.charCodeAt(0).toString(16));
  for (const [key, c] of entries) {
    for (const encoding of codes[c.lang] ?? []) {
      // With ESC R 8, a backslash is printed as a yen sign.
      if (encoding === 'shiftjis' && textOf(c).includes('\\')) continue;
      for (const command of ['escpos', 'generic', 'impact']) {
        if (command === 'impact' && !['ja', 'en'].includes(c.lang)) continue;
        documents.push([`${key}/${encoding}/${command}`, () => {
          const rows = c.items.map((item) => item.map(clean).join(' | ')).join('\n');
          const doc = [`^^^${clean(c.title)}`, ...c.head.map(clean), '{border:space; width:*,12}', rows, '-',
            '{border:space}', c.total.map(clean).join(' | '), ...(command === 'escpos' ? ['{code:not text; option:qrcode,3,L}'] : []),
            ...c.foot.map(clean), '='].join('\n');
          const bytes = receiptline.transform(doc, { cpl: 42, encoding, command, spacing: false });
          const text = textOf(c).replace(c.total.join('  '), '─'.repeat(42) + c.total.join('  '));
          return [Buffer.from(bytes, 'binary'), text];
        }]);
      }
    }
  }
  await make('receiptline', documents);
}

// escpos-buffer

{
  const { InMemory, Printer, Model, Style, Align, Cut, Drawer } = require('escpos-buffer');
  const documents = [];
  for (const [key, c] of entries) {
    for (const model of ['TM-T20', 'I9', 'Q4']) {
      if (!['en', 'latin1'].includes(c.lang)) continue;
      documents.push([`${key}/${model}`, async () => {
        const connection = new InMemory();
        const p = await Printer.CONNECT(model, connection);
        await p.setColumns(48);
        await p.writeln(c.title, Style.Bold, Align.Center);
        for (const line of linesOf(c)) await p.writeln(line);
        await p.feed(2); await p.drawer(Drawer.First); await p.cutter();
        return [connection.buffer(), textOf(c)];
      }]);
    }
  }
  await make('escpos-buffer', documents);
}

// react-thermal-printer

{
  const React = require('react');
  const { render, Printer, Text, Line, Row, Cut, Barcode, QRCode } = require('react-thermal-printer');
  const documents = [];
  const sets = { en: 'pc437_usa', latin1: 'wpc1252', euro: 'pc858_euro', latin2: 'pc852_latin2',
    cyrillic: 'pc866_cyrillic2', greek: 'pc737_greek', ja: 'japan', 'zh-cn': 'china', 'zh-tw': 'hk_tw', ko: 'korea' };
  const h = React.createElement;
  for (const [key, c] of entries) {
    if (!sets[c.lang]) continue;
    documents.push([`${key}/${sets[c.lang]}`, async () => {
      const bytes = await render(h(Printer, { type: 'epson', width: 42, characterSet: sets[c.lang] },
        h(Text, { align: 'center', bold: true, size: { width: 2, height: 2 } }, c.title),
        ...c.head.map((line, i) => h(Text, { key: `h${i}` }, line)),
        ...c.items.map(([a, b], i) => h(Row, { key: `i${i}`, left: a, right: b })),
        h(Text, { invert: true, underline: '1dot-thick' }, c.total.join('  ')),
        ...c.foot.map((line, i) => h(Text, { key: `f${i}` }, line)),
        h(QRCode, { content: 'not text' }), h(Cut)));
      return [bytes, textOf(c)];
    }]);
  }
  await make('react-thermal-printer', documents);
}
