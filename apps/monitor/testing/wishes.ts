import { analysisCancelled, analysisRequested, draft, effective, manifest, stageRequested } from '@signalbox/domain';
import type { EventDraft } from '@signalbox/domain';

/** A definition whose production is looked at every 100 ms. */
export const definition = (bake = '300ms') =>
  effective(
    manifest.parse({
      apiVersion: 'signalbox/v1',
      name: 'shop',
      runtime: { command: ['node', 'server.js'] },
      environments: { production: { analysis: { interval: '100ms' }, watch: { bake } } },
    }),
  );

const productionAnalysis = () => {
  const { production } = definition().environments;
  if (!production) throw new Error('the definition has a production');
  return production.analysis;
};

export interface Rollout {
  id: string;
  metricsUrl: string;
  weight?: number;
  step?: number;
}

/** What the deployer asks for at each weight: 1.1.0 against 1.0.0. */
export function analysisWish({ id, metricsUrl, weight = 20, step = 0 }: Rollout): EventDraft {
  return draft(analysisRequested, {
    subject: `ana_${id}`,
    chainId: `rel_${id}`,
    content: {
      releaseId: `rel_${id}`,
      application: 'shop',
      environment: 'production',
      version: '1.1.0',
      deploymentId: `${id}-new`,
      analysisId: `ana_${id}`,
      metricsUrl,
      canary: `${id}-new`,
      baseline: `${id}-old`,
      baselineVersion: '1.0.0',
      config: productionAnalysis(),
      weight,
      step,
    },
  });
}

export function analysisEnd(id: string): EventDraft {
  const content = { releaseId: `rel_${id}`, analysisId: `ana_${id}`, reason: 'succeeded' };
  return draft(analysisCancelled, { subject: `ana_${id}`, chainId: `rel_${id}`, content });
}

/** What planning asks for once `<id>-new` serves everybody. */
export function watchWish(id: string, metricsUrl: string, bake = '300ms'): EventDraft {
  const current = {
    releaseId: `rel_${id}`,
    version: '1.1.0',
    digest: `sha256:${'a'.repeat(64)}`,
    purl: 'pkg:generic/shop@1.1.0',
    deploymentId: `${id}-new`,
    slotVersion: 2,
  };
  return draft(stageRequested, {
    subject: `rel_${id}:monitor-production:1`,
    chainId: `rel_${id}`,
    content: {
      releaseId: `rel_${id}`,
      application: 'shop',
      team: 'shop',
      version: '1.1.0',
      stage: 'monitor-production',
      kind: 'monitor',
      environment: 'production',
      attempt: 1,
      commit: 'a'.repeat(40),
      repository: { location: '/nowhere', path: '.' },
      definition: definition(bake),
      target: { url: 'http://127.0.0.1:1', metricsUrl, current },
      startBy: new Date(Date.now() + 60_000).toISOString(),
      silentAfter: 'PT60S',
    },
  });
}
