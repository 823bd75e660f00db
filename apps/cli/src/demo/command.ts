import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { Client } from '../client.js';
import { contextOf } from '../commands/context.js';
import type { CliConfig } from '../config.js';

const example = join(fileURLToPath(import.meta.url), '..', '..', '..', '..', '..', 'examples', 'storefront');

export function addDemoCommand(program: Command, config: CliConfig): void {
  program
    .command('demo')
    .description('release the example application three times')
    .option('--keep-traffic', 'go on sending requests until interrupted')
    .action(async (options: { keepTraffic?: boolean }, command: Command) => {
      const { client, output } = contextOf(command, config);
      // No other command waits for what only the demo needs.
      const { Demo } = await import('./demo.js');
      const demo = new Demo(config, new Client(client.access, { unreachableMs: 60_000 }), output, example);
      const interrupted = new Promise<void>((resolve) => {
        process.once('SIGINT', resolve);
        process.once('SIGTERM', resolve);
        // Of a supervisor that started us: it is gone.
        process.once('disconnect', resolve);
        if (process.connected === false) resolve();
      });
      try {
        // Where nothing was started, this says so at once; what is restarted later is waited for.
        await client.get('/v1/principals?limit=1');
        const url = await Promise.race([demo.run(), interrupted]);
        if (url === undefined) return;
        if (!options.keepTraffic) return;
        for (const line of whatNext(url, demo.application)) output.line(line);
        await interrupted;
      } finally {
        await demo.stopTraffic();
        // A skipped demo still has requests under way: nothing waits for them.
        setTimeout(() => process.exit(), 100).unref();
      }
    });
}

function whatNext(url: string, application: string): string[] {
  return [
    `Up: ${url}. Next, in another terminal:`,
    `  npx signalbox release why ${application}@1.2.0`,
    '  npx signalbox -C ../your-repo app init           (docs/your-application.md)',
    '  npm run demo | npm run reset',
  ];
}
