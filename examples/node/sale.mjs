// Sells two things once: node sale.mjs HOST:PORT
import { sell } from './till.mjs';

await sell(process.argv[2], 'A-17', [['Green tea', 350], ['Pen', 199]]);
