// node-thermal-printer at tcp:HOST:PORT, or at a file (a node of /dev), which it only writes to.
// Jobs: bill ORDER | connected | status
import { PrinterTypes, ThermalPrinter } from 'node-thermal-printer';

const [where, job, words] = process.argv.slice(2);
const printer = new ThermalPrinter({
  type: PrinterTypes.EPSON,
  interface: where.replace(/^tcp:/, 'tcp://'),
  width: 42,
  options: { timeout: 1000 },
});
if (job === 'connected') {
  console.log(await printer.isPrinterConnected());
} else if (job === 'status') {
  await printer.getStatus();
  const answer = await printer.execute({ waitForResponse: true }).catch((error) => error.message);
  console.log(typeof answer === 'string' ? answer : answer.toString('hex'));
} else {
  printer.alignCenter();
  printer.println('MORNING LIGHT');
  printer.alignLeft();
  printer.println(`Order: ${words}`);
  printer.leftRight('TOTAL', 'CNY 12.50');
  printer.partialCut();
  await printer.execute();
}
