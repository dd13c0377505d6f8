// A small till that prints with node-thermal-printer. It knows nothing of pos-guard.
import { PrinterTypes, ThermalPrinter } from 'node-thermal-printer';

const PAPER_OUT = 0b01100000;
const ASK_PAPER = Buffer.from([0x10, 0x04, 0x04]); // DLE EOT 4: answered at once
const ASK_BEHIND = Buffer.from([0x1d, 0x72, 0x01]); // GS r 1: answered once all before it is printed

export class NoPaperError extends Error {}

// Prints the receipt of a card sale and opens the drawer. Amounts in cents.
export async function sell(printerAddress, order, items) {
  const printer = new ThermalPrinter({
    type: PrinterTypes.EPSON,
    interface: `tcp://${printerAddress}`,
    width: 42,
    options: { timeout: 5000 },
  });
  const [paper] = await ask(printer, ASK_PAPER);
  if (paper & PAPER_OUT) throw new NoPaperError('put a new roll in');

  const total = items.reduce((sum, [, cents]) => sum + cents, 0);
  printer.alignCenter();
  printer.println('CORNER SHOP');
  printer.alignLeft();
  printer.println(`Order: ${order}`);
  for (const [name, cents] of items) printer.leftRight(name, money(cents));
  printer.leftRight('TOTAL EUR', money(total));
  printer.leftRight('CARD', money(total));
  printer.println('PAID');
  printer.openCashDrawer();
  printer.partialCut();
  printer.append(ASK_BEHIND);
  await printer.execute({ waitForResponse: true });
  return total;
}

async function ask(printer, question) {
  printer.setBuffer(question);
  const answer = await printer.execute({ waitForResponse: true });
  printer.clear();
  return answer;
}

const money = (cents) => `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
