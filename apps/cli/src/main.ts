import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import { CliConfig } from './config.js';
import { Failure, printFailure } from './failure.js';
import { createProgram } from './program.js';

const checkout = join(fileURLToPath(import.meta.url), '..', '..', '..', '..');
const { version } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { version: string };
const config = new CliConfig(process.env, checkout);

// Whoever reads our output may have read enough: `release list | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  await createProgram(config, version).parseAsync();
} catch (error) {
  if (error instanceof Failure) {
    printFailure(error, (text) => process.stderr.write(text));
    process.exitCode = error.exitCode;
  } else if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
