// Makes star_documents.json from documents/contents.json with Star encoders by others.
//   npm install @point-of-sale/receipt-printer-encoder@4 node-thermal-printer@4 receiptline@4 star-prnt-encoder@2
//   NODE_PATH=…/node_modules node make_star_documents.mjs
// Left out are what no Star prints right: react-thermal-printer's type "star" (it writes ESC/POS),
// node-thermal-printer's QR code (data without the command before it) and its Portuguese (letters
// of cp850 on page 0, which is another one).
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const roots = process.env.NODE_PATH.split(':');
const root = (name) => roots.find((dir) => fs.existsSync(path.join(dir, name, 'package.json')));
const load = (name) => createRequire(path.join(root(name), 'x.js'))(name);
const contents = JSON.parse(fs.readFileSync(path.join(here, 'documents', 'contents.json'), 'utf8'));
const entries = Object.entries(contents);

const linesOf = (c) => [...c.head, ...c.items.map((item) => item.join('  ')), c.total.join('  '), ...c.foot];
const textOf = (c) => [c.title, ...linesOf(c)].join('\n');
const dots = { width: 16, height: 8, data: new Uint8ClampedArray(16 * 8 * 4).fill(0) };
for (let i = 3; i < dots.data.length; i += 4) dots.data[i] = 255;
const questions = (text) => [...text].filter((sign) => sign === '?').length;
const programs = [];

async function make(program, documents) {
  const made = [];
  for (const [name, build] of documents) {
    try {
      // What is looked at for lost signs has no pictures, which hold any byte.
      const [bytes, text, plain] = await build();
      const lost = questions(Buffer.from(plain ?? bytes).toString('latin1')) > questions(text);
      if (!lost) made.push({ name, text, bytes: Buffer.from(bytes).toString('base64') });
    } catch (error) {
      console.error(`${program} ${name}: ${error.message}`);
    }
  }
  const info = JSON.parse(fs.readFileSync(path.join(root(program), program, 'package.json'), 'utf8'));
  programs.push({ program, version: info.version, documents: made });
  console.error(`${program}: ${made.length}`);
}

const pages = { en: 'cp437', latin1: 'windows1252', euro: 'cp858', latin2: 'cp852', cyrillic: 'cp866',
  greek: 'cp737', box: 'cp437' };

// receipt-printer-encoder in both of its Star languages
{
  const name = '@point-of-sale/receipt-printer-encoder';
  const Encoder = load(name).default ?? load(name);
  const documents = [];
  for (const [key, c] of entries) {
    if (!pages[c.lang]) continue;
    for (const language of ['star-line', 'star-prnt']) {
      for (const page of ['auto', pages[c.lang]]) {
        documents.push([`${key}/${language}/${page}`, () => {
          const e = new Encoder({ language, columns: 48 }).initialize().codepage(page);
          e.align('center').bold(true).width(2).height(2).line(c.title).width(1).height(1).bold(false);
          e.align('left');
          for (const line of linesOf(c)) e.line(line);
          return [e.newline().cut().encode(), textOf(c)];
        }]);
      }
      documents.push([`${key}/${language}/styles`, () => {
        const e = new Encoder({ language, columns: 48 }).initialize().codepage('auto');
        e.align('center').invert(true).line(c.title).invert(false).underline(true);
        e.image(dots, 16, 8, 'threshold');
        for (const line of linesOf(c)) e.line(line);
        e.underline(false).italic(true).italic(false).pulse();
        e.qrcode('https://example.com/not-text', { model: 2, size: 6, errorlevel: 'm' });
        e.barcode('4006381333931', 'ean13', { height: 60, text: true });
        e.pdf417('not text either', {});
        return [e.cut('partial').encode(), `${textOf(c)}\n4006381333931`];
      }]);
    }
  }
  await make(name, documents);
}

// its forerunner
{
  const name = 'star-prnt-encoder';
  const Encoder = load(name).default ?? load(name);
  const documents = [];
  for (const [key, c] of entries) {
    if (!pages[c.lang]) continue;
    documents.push([key, () => {
      const e = new Encoder().initialize().codepage('auto');
      e.align('center').bold(true).line(c.title).bold(false).align('left');
      for (const line of linesOf(c)) e.line(line);
      e.qrcode('https://example.com/not-text', 1, 6, 'm').barcode('400638133393', 'ean13', 60);
      return [e.cut().encode(), textOf(c)];
    }]);
  }
  await make(name, documents);
}

// node-thermal-printer
{
  const { ThermalPrinter, PrinterTypes, BreakLine } = load('node-thermal-printer');
  const documents = [];
  for (const [key, c] of entries) {
    if (!pages[c.lang] || key === 'pt') continue;
    documents.push([key, async () => {
      const p = new ThermalPrinter({ type: PrinterTypes.STAR, interface: '/dev/null',
        breakLine: BreakLine.NONE, removeSpecialCharacters: false });
      p.alignCenter(); p.bold(true); p.setTextDoubleHeight(); p.setTextDoubleWidth();
      p.println(c.title);
      p.setTextNormal(); p.bold(false); p.alignLeft(); p.drawLine();
      for (const line of c.head) p.println(line);
      for (const [a, b] of c.items) p.leftRight(a, b);
      p.invert(true); p.println(c.total.join('  ')); p.invert(false); p.underline(true);
      for (const line of c.foot) p.println(line);
      p.underline(false); p.setTypeFontB(); p.println('12'); p.setTypeFontA();
      p.code128('AB-12', { text: 2, width: 'MEDIUM', height: 80 }); p.openCashDrawer(); p.cut();
      const text = [c.title, '-'.repeat(48), ...linesOf(c), '12', 'AB-12'].join('\n');
      return [p.getBuffer(), text];
    }]);
  }
  await make('node-thermal-printer', documents);
}

// receiptline in all of its Star commands
{
  const receiptline = load('receiptline');
  const documents = [];
  const codes = { en: ['cp437', 'multilingual', 'shiftjis'], latin1: ['multilingual', 'cp1252', 'cp858'],
    euro: ['multilingual', 'cp858'], latin2: ['cp852', 'multilingual'], cyrillic: ['cp866', 'multilingual'],
    ja: ['shiftjis', 'cp932'], 'zh-cn': ['gb18030', 'cp936'], 'zh-tw': ['big5', 'cp950'], ko: ['ksc5601', 'cp949'] };
  const suffix = { ja: 'mbcs', 'zh-cn': 'mbcs2', 'zh-tw': 'mbcs2', ko: 'mbcs2' };
  const clean = (text) => text.replace(/[\\|{}~_"`^\-=]/g, (sign) => '\\x' + sign.charCodeAt(0).toString(16));
  for (const [key, c] of entries) {
    for (const encoding of codes[c.lang] ?? []) {
      // With ESC R 8, a backslash is printed as a yen sign.
      if (/shiftjis|cp932/.test(encoding) && textOf(c).includes('\\')) continue;
      const kind = encoding === 'shiftjis' ? 'mbcs' : suffix[c.lang] ?? 'sbcs';
      for (const command of ['star', 'starline', 'emustarline', 'starimpact']) {
        if (command === 'starimpact' && kind !== 'sbcs') continue;
        const full = command === 'starimpact' ? command : command + kind;
        documents.push([`${key}/${encoding}/${full}`, () => {
          const rows = c.items.map((item) => item.map(clean).join(' | ')).join('\n');
          const doc = [`^^^${clean(c.title)}`, ...c.head.map(clean), '{border:space; width:*,12}', rows, '-',
            '{border:space}', c.total.map(clean).join(' | '),
            ...(command === 'starimpact' ? [] : ['{code:not text; option:qrcode,3,L}']),
            ...c.foot.map(clean), '='].join('\n');
          const how = { cpl: 42, encoding, command: full, spacing: false };
          const bytes = receiptline.transform(doc, how);
          const plain = receiptline.transform(doc.replace(/\{code.*\}\n/, ''), how);
          const rule = (kind === 'mbcs2' ? '-' : '─').repeat(42);
          const text = textOf(c).replace(c.total.join('  '), rule + c.total.join('  '));
          return [Buffer.from(bytes, 'binary'), text, Buffer.from(plain, 'binary')];
        }]);
      }
    }
  }
  await make('receiptline', documents);
}

const text = JSON.stringify({ programs }, null, 1);
fs.writeFileSync(path.join(here, 'star_documents.json'), `${text}\n`);
