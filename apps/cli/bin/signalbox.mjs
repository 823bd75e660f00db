#!/usr/bin/env node
// npm links no bin whose target is missing, so this file is committed and loads what the build makes.
import { existsSync } from 'node:fs';

const built = new URL('../dist/main.js', import.meta.url);
if (!existsSync(built)) {
  process.stderr.write('error: signalbox is not built yet\nfix: npm start, once, in the checkout\n');
  process.exit(1);
}
await import(built.href);
