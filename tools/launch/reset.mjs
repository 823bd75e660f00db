// `npm run reset`: forgets everything Signalbox has stored in this checkout.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { root } from './prepare.mjs';

const state = process.env.SIGNALBOX_STATE ?? join(root, '.signalbox');
const kinds = existsSync(state) ? readdirSync(state) : [];
for (const kind of kinds) {
  const record = join(state, kind, 'supervisor.pid');
  if (!existsSync(record)) continue;
  const { pid } = JSON.parse(readFileSync(record, 'utf8'));
  if (existsSync(`/proc/${pid}`)) {
    process.stderr.write(`error: Signalbox runs in ${state}: process ${pid}\nfix: stop it first\n`);
    process.exit(2);
  }
}
rmSync(state, { recursive: true, force: true });
process.stdout.write(`removed ${state}\n`);
