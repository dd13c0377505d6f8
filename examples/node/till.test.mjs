import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { simulate } from './simulator.mjs';
import { NoPaperError, sell } from './till.mjs';

const BASKET = [['Green tea', 350], ['Pen', 199]];
let printer;

before(async () => {
  printer = await simulate('printer', '--tcp', '127.0.0.1:0', '--profile', 'epson');
});
after(() => printer.stop());

test('a sale prints one receipt and opens the drawer', async () => {
  assert.equal(await sell(printer.addresses.tcp, 'A-17', BASKET), 549);

  const { slips, loose } = await printer.ask('paper');
  assert.equal(loose, '');
  assert.equal(slips.length, 1);
  const lines = slips[0].split('\n').map((line) => line.trim());
  assert.equal(lines[0], 'CORNER SHOP');
  assert.equal(lines[1], 'Order: A-17');
  assert.match(lines[4], /^TOTAL EUR +5\.49$/);
  assert.equal(lines.at(-1), 'PAID');
  assert.equal((await printer.ask('state')).drawer, 1);
});

test('without paper nothing is printed, and the till says so', async () => {
  await printer.ask('fault', { name: 'paper_out' });
  await assert.rejects(sell(printer.addresses.tcp, 'A-18', BASKET), NoPaperError);
  assert.equal((await printer.ask('paper')).slips.length, 1);

  await printer.ask('clear', { name: 'paper_out' });
  await sell(printer.addresses.tcp, 'A-18', BASKET);
  assert.match((await printer.ask('paper')).slips[1], /Order: A-18/);
});
