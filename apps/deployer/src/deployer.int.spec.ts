import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { environmentCreated, rolloutAdvanced, rolloutPaused, stageProgressed } from '@signalbox/domain';
import type { EventOf, Running, StageRequest } from '@signalbox/domain';
import { eventually } from '@signalbox/testing';
import { Installation } from '../testing/installation.js';
import type { Asked } from '../testing/rollouts.js';

let place: Installation;
beforeAll(async () => {
  place = await Installation.start();
});
afterAll(() => place.stop());

const recreate: Asked = { production: { strategy: 'recreate' } };
const canary = [{ setWeight: 50 }, { analysis: { duration: '60s' } }];
const served = async (url: string): Promise<string> => (await fetch(url)).text();
const isOf = (request: StageRequest) => (event: { content: { releaseId: string } }) =>
  event.content.releaseId === request.releaseId;

/** What this many new requests are answered by. */
async function answersOf(url: string, requests = 40): Promise<Set<string>> {
  const versions = new Set<string>();
  for (let count = 0; count < requests; count += 1) versions.add(await served(url));
  return versions;
}

/** Installs 1.0.0 and says where it is. */
async function install(application: string): Promise<{ url: string; current: Running }> {
  const end = await place.end(
    await place.request(application, { ...recreate, version: '1.0.0', expectedCurrent: undefined }),
  );
  const live = end.outputs?.live;
  if (end.outcome !== 'succeeded' || !live) throw new Error(`not installed: ${JSON.stringify(end)}`);
  return { url: live.url, current: live.current };
}

async function atWeight(request: StageRequest, weight: number): Promise<void> {
  await place.hear(rolloutAdvanced, (event) => isOf(request)(event) && event.content.weight === weight);
}

describe('a deployment', () => {
  it('installs a first version and replaces it by the next', async () => {
    const { url, current } = await install('first');
    expect(await served(url)).toBe('1.0.0');
    const next = await place.end(await place.request('first', { ...recreate, expectedCurrent: current }));
    expect(next).toMatchObject({
      outcome: 'succeeded',
      outputs: { live: { current: { version: '1.1.0', slotVersion: 2 }, previous: { version: '1.0.0' }, url } },
    });
    expect(await answersOf(url)).toEqual(new Set(['1.1.0']));
  });

  it('of a canary goes on by judgements to all traffic', async () => {
    const { url, current } = await install('healthy');
    const request = await place.request('healthy', { steps: canary, expectedCurrent: current });
    await atWeight(request, 50);
    expect(await answersOf(url)).toEqual(new Set(['1.0.0', '1.1.0']));
    await place.judge(request, 1, 'inconclusive');
    await place.judge(request, 2, 'passed');
    expect(await place.end(request)).toMatchObject({ outcome: 'succeeded' });
    expect(await answersOf(url)).toEqual(new Set(['1.1.0']));
  });

  it('of a canary that is judged worse gives all traffic back, and its digest is refused from then on', async () => {
    const { url, current } = await install('worse');
    const request = await place.request('worse', { steps: canary, expectedCurrent: current });
    await atWeight(request, 50);
    await place.judge(request, 1, 'failed');
    expect(await place.end(request)).toMatchObject({
      outcome: 'failed',
      reason: 'analysis_failed',
      outputs: { rollback: { exposed: true, target: '1.0.0' } },
    });
    expect(await answersOf(url)).toEqual(new Set(['1.0.0']));
    await place.quarantine('worse', '1.1.0');
    await eventually(
      async () => {
        const attempt = 2 + place.heard.filter((event) => event.chainId === request.releaseId).length;
        const again = await place.end(
          await place.request('worse', { steps: canary, expectedCurrent: current, attempt }),
        );
        return again.reason === 'gate_closed' && again.blockers?.[0]?.code === 'quarantined';
      },
      { what: 'quarantine is known' },
    );
  });

  it('that does not start says why and leaves what is there alone', async () => {
    const { url, current } = await install('broken');
    const production = { strategy: 'recreate', config: { MODE: 'exits' } };
    const end = await place.end(await place.request('broken', { production, expectedCurrent: current }));
    expect(end).toMatchObject({
      outcome: 'failed',
      reason: 'not_ready',
      detail: expect.stringContaining('exited 1'),
      outputs: { rollback: { exposed: false }, lastLines: ['no database'] },
    });
    expect(await served(url)).toBe('1.0.0');
  });

  it('is overtaken when another version is there than it was asked for', async () => {
    const { current } = await install('late');
    const end = await place.end(
      await place.request('late', { ...recreate, expectedCurrent: { ...current, releaseId: 'rel_other' } }),
    );
    expect(end).toMatchObject({ outcome: 'cancelled', reason: 'overtaken' });
  });

  it('waits for a secret until somebody sets it', async () => {
    const { current } = await install('secretive');
    const production = { strategy: 'recreate', config: { DATABASE_URL: { secretRef: 'DB' } } };
    const request = await place.request('secretive', { production, expectedCurrent: current });
    const waiting = await place.hear(
      stageProgressed,
      (event) => isOf(request)(event) && event.content.waiting.length > 0,
    );
    expect(waiting.content.waiting).toMatchObject([
      { code: 'secret_missing', detail: 'DB, production', command: 'secret set secretive production DB' },
    ]);
    expect(await place.setSecret('secretive', 'DB', 'postgres://')).toBe(204);
    expect(await place.end(request)).toMatchObject({ outcome: 'succeeded' });
  });
});

describe('a canary in the middle', () => {
  it('pauses at its weight in a freeze and goes on after it', async () => {
    const { url, current } = await install('frozen');
    const request = await place.request('frozen', { steps: canary, expectedCurrent: current });
    await atWeight(request, 50);
    await place.freeze('frozen');
    await place.hear(
      rolloutPaused,
      (event) => isOf(request)(event) && event.content.reason === 'gate_closed' && event.content.weight === 50,
    );
    await place.judge(request, 1, 'passed');
    expect(await answersOf(url)).toEqual(new Set(['1.0.0', '1.1.0']));
    await place.freeze('frozen', true);
    expect(await place.end(request)).toMatchObject({ outcome: 'succeeded' });
  });

  it('gives the traffic back when it is cancelled', async () => {
    const { url, current } = await install('cancelled');
    const request = await place.request('cancelled', { steps: canary, expectedCurrent: current });
    await atWeight(request, 50);
    await place.cancel(request);
    expect(await place.end(request)).toMatchObject({
      outcome: 'cancelled',
      detail: 'no longer wanted',
      outputs: { rollback: { exposed: true } },
    });
    expect(await answersOf(url)).toEqual(new Set(['1.0.0']));
  });

  it('goes past a manual gate by its team, and says by whom', async () => {
    const { current } = await install('gated');
    const steps = [{ setWeight: 50 }, { manualGate: { team: 'leads' } }];
    const request = await place.request('gated', { steps, expectedCurrent: current });
    await place.hear(rolloutPaused, (event) => isOf(request)(event) && event.content.reason === 'manual_gate');
    await place.promote(request, ['shop']);
    await place.promote(request, ['leads']);
    expect(await place.end(request)).toMatchObject({ outcome: 'succeeded' });
    const full = await place.hear(rolloutAdvanced, (event) => isOf(request)(event) && event.content.weight === 100);
    expect(full.content).toMatchObject({ overriddenBy: 'prn_ann', reason: 'R' });
  });
});

describe('a deployer that is killed', () => {
  it('in mid-canary goes on where it was, and no user notices', async () => {
    const { url, current } = await install('killed');
    const request = await place.request('killed', { steps: canary, expectedCurrent: current });
    await atWeight(request, 50);
    const users = aLoopOf(url);
    await place.deployer.end('SIGKILL');
    await place.judge(request, 1, 'passed');
    await place.deployer.start();
    expect(await place.end(request)).toMatchObject({
      outcome: 'succeeded',
      outputs: { live: { current: { version: '1.1.0' } } },
    });
    const { requests, failures } = await users.stop();
    expect([requests > 50, failures]).toEqual([true, []]);
    expect(await answersOf(url)).toEqual(new Set(['1.1.0']));
  });
});

describe('a host that has lost its data', () => {
  it('gets again what should run, without being asked', async () => {
    await install('lost');
    await place.loseHostData();
    const isBack = async () => (await served(addressOf('lost') ?? '')) === '1.0.0';
    await eventually(isBack, { withinMs: 30_000, what: '1.0.0 runs again' });
  });
});

describe('a host whose port another has taken while it was away', () => {
  it('is found where it serves from then on', async () => {
    const { url } = await install('moved');
    await place.host.end();
    const other = createServer((_request, response) => response.end('another'));
    await once(other.listen(Number(new URL(url).port), '127.0.0.1'), 'listening');
    try {
      await place.host.start();
      const isFound = async () => (await served(addressOf('moved') ?? '')) === '1.0.0';
      await eventually(isFound, { withinMs: 30_000, what: '1.0.0 is found' });
    } finally {
      other.closeAllConnections();
      other.close();
    }
  });
});

/** Where users reach it, as the deployer last said. */
function addressOf(application: string): string | undefined {
  return place.heard
    .filter((event): event is EventOf<typeof environmentCreated> => event.type === environmentCreated.type)
    .findLast(({ customData }) => customData.application === application)?.customData.url;
}

/** Users who ask again and again. */
function aLoopOf(url: string) {
  const over = new AbortController();
  let requests = 0;
  const failures: string[] = [];
  const ask = async () => {
    while (!over.signal.aborted) {
      requests += 1;
      await fetch(url).then(
        (response) => void (response.ok || failures.push(String(response.status))),
        (error: unknown) => void failures.push(String(error)),
      );
    }
  };
  const asking = ask();
  return {
    stop: async () => {
      over.abort();
      await asking;
      return { requests, failures };
    },
  };
}
