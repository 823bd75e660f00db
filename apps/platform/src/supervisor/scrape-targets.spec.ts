import { expect, it } from '@jest/globals';
import { replicaCounts } from './replica-counts.js';
import { scrapeTargets } from './scrape-targets.js';

const ports = {
  gateway: 4600,
  planning: 4601,
  'build-coordinator': 4602,
  'test-orchestrator': 4603,
  deployer: 4604,
  monitor: 4605,
  feedback: 4606,
  host: 4610,
};
const addressesOf = (service: string, targets: ReturnType<typeof scrapeTargets>) =>
  targets.filter(({ labels }) => labels.service === service).map(({ targets: [at], labels }) => [labels.process, at]);

it.each([
  { sharesPorts: true, deployer: '127.0.0.1:4613' },
  { sharesPorts: false, deployer: '127.0.0.1:4604' },
])(
  'processes of a service are watched each by its own port, never by one they share: %o',
  ({ sharesPorts, deployer }) => {
    const replicas = replicaCounts('planning=2');
    const replicaPorts = { planning: 4611, 'planning-2': 4612, deployer: 4613 };
    const targets = scrapeTargets({ mode: 'cluster', replicas, sharesPorts }, { ports, replicaPorts });
    expect(addressesOf('planning', targets)).toEqual([
      ['planning', '127.0.0.1:4611'],
      ['planning-2', '127.0.0.1:4612'],
    ]);
    expect(addressesOf('deployer', targets)).toEqual([['deployer', deployer]]);
    expect(addressesOf('host', targets)).toEqual([['host', '127.0.0.1:4610']]);
    expect(targets).toHaveLength(9);
  },
);

it('the platform shows the figures of each service at the service’s port', () => {
  const targets = scrapeTargets(
    { mode: 'embedded', replicas: replicaCounts(undefined), sharesPorts: false },
    { ports, replicaPorts: {} },
  );
  expect(addressesOf('gateway', targets)).toEqual([['platform', '127.0.0.1:4600']]);
  expect(targets).toHaveLength(8);
});
