import { runMain, runStep } from '@signalbox/chassis';
import { ConfigError } from '@signalbox/domain';
import { readServiceVariables } from './config.js';
import { migratePlatform, startPlatform } from './platform.js';

const args = process.argv.slice(2);
if (args.length === 0) {
  await runMain('platform', () => startPlatform(readServiceVariables(process.env)));
} else {
  await runStep('platform', () => {
    if (args.join(' ') !== 'migrate') throw new ConfigError(`unknown command ${args.join(' ')}; there is migrate`);
    return migratePlatform(readServiceVariables(process.env), process.env);
  });
}
