import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { Installation, stateFolder } from './support/installation.js';
import { Journey } from './support/journey.js';
import { Shop } from './support/shop.js';

/** As a checkout has them: its own packages, and a kind of module that the application is not. */
const checkout = stateFolder();
const home = stateFolder();
const state = join(checkout, '.signalbox');
const installation = new Installation(['--no-demo'], state, { HOME: home });

afterAll(async () => {
  await installation.discard();
  for (const folder of [checkout, home]) rmSync(folder, { recursive: true, force: true });
});

it('builds and runs an application without the packages around the installation', async () => {
  mkdirSync(join(checkout, 'node_modules/leaked'), { recursive: true });
  writeFileSync(join(checkout, 'node_modules/leaked/index.js'), '');
  writeFileSync(join(checkout, 'package.json'), '{ "type": "module" }');
  const findsNothing = "try { require('leaked') } catch { process.exit(0) } process.exit(1)";
  const shop = new Shop({ name: 'apart', bake: '500ms', buildSteps: [`node, -e, "${findsNothing}"`] });
  installation.start();
  await installation.ready();
  const journey = new Journey(installation, shop.directory, shop.name);
  await journey.register();
  // Of another kind of module, its `require` would not be there.
  expect((await journey.ended(await journey.release())).status).toBe('completed');
}, 180_000);
