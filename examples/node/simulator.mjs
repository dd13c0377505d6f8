// Starts `pos-guard simulate …` and talks to it: JSON lines over a Unix socket (docs/simulator.md).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import readline from 'node:readline';

export async function simulate(...words) {
  const folder = await mkdtemp(join(tmpdir(), 'simulate-'));
  const socket = join(folder, 'control.sock');
  const child = spawn('pos-guard', ['simulate', ...words, '--control', socket], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ready = JSON.parse(await firstLine(child));
  return {
    addresses: ready.addresses,
    ask: (op, fields = {}) => ask(socket, { op, ...fields }),
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}

async function firstLine(child) {
  for await (const line of readline.createInterface({ input: child.stdout })) return line;
  throw new Error('the simulator ended before it was ready');
}

async function ask(path, request) {
  const line = net.connect(path);
  line.write(`${JSON.stringify(request)}\n`);
  for await (const text of readline.createInterface({ input: line })) {
    line.destroy();
    const answer = JSON.parse(text);
    if (!answer.ok) throw new Error(answer.error.message);
    return answer;
  }
  throw new Error('the simulator hung up');
}
