import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCoordinator, buildCoordinatorConfig } from '@signalbox/build-coordinator';
import { startService } from '@signalbox/chassis';
import type { RunningService } from '@signalbox/chassis';
import { deployer, deployerConfig } from '@signalbox/deployer';
import { readConfig } from '@signalbox/domain';
import { feedback, feedbackConfig } from '@signalbox/feedback';
import { gateway, gatewayConfig } from '@signalbox/gateway';
import { monitor, monitorConfig } from '@signalbox/monitor';
import { planning, planningConfig } from '@signalbox/planning';
import { startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { testOrchestrator, testOrchestratorConfig } from '@signalbox/test-orchestrator';
import { exportJWK, generateKeyPair } from 'jose';

const secret = 'a-secret-for-documents-that-nobody-keeps';
const nowhere = 'http://127.0.0.1:9';

/** Every service in this process, on one database server, and the gateway before them. */
export class Everything {
  readonly services: RunningService[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), 'signalbox-documents-'));

  private constructor(private readonly postgres: TestPostgres) {}

  static async start(): Promise<Everything> {
    const everything = new Everything(await startPostgres());
    await everything.begin();
    return everything;
  }

  get gatewayUrl(): string {
    return this.services.at(-1)?.url ?? '';
  }

  async stop(): Promise<void> {
    await Promise.all(this.services.map((service) => service.stop()));
    await this.postgres.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async begin(): Promise<void> {
    const { folder, postgres, services } = this;
    const log = await postgres.url('log');
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const keys = [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'EdDSA' }];
    const variablesOf = async (name: string, more: Record<string, string> = {}) => ({
      PORT: '0',
      DATABASE_URL: await postgres.url(name),
      LOG_DATABASE_URL: log,
      IDENTITY_JWKS: JSON.stringify({ keys }),
      CURSOR_KEY: secret,
      LOG_LEVEL: 'fatal',
      STORE_URL: nowhere,
      STORE_KEY: secret,
      HOST_URL: nowhere,
      HOST_KEY: secret,
      ...more,
    });
    const builds = { PUBLIC_URL: nowhere, STORE_DIRECTORY: folder, RUNNER_KEYS: secret };
    const started = await Promise.all([
      startService(planning, readConfig(planningConfig, await variablesOf('planning', { MIRROR_DIRECTORY: folder }))),
      startService(buildCoordinator, readConfig(buildCoordinatorConfig, await variablesOf('builds', builds))),
      startService(testOrchestrator, readConfig(testOrchestratorConfig, await variablesOf('tests'))),
      startService(deployer, readConfig(deployerConfig, await variablesOf('deployer', { SECRET_KEY: secret }))),
      startService(monitor, readConfig(monitorConfig, await variablesOf('monitor'))),
      startService(feedback, readConfig(feedbackConfig, await variablesOf('feedback'))),
    ]);
    services.push(...started);
    const upstreams = JSON.stringify(Object.fromEntries(started.map(({ name, url }) => [name, url])));
    const key = JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'k' });
    const variables = await variablesOf('gateway', { UPSTREAMS: upstreams, IDENTITY_KEY: key });
    services.push(await startService(gateway, readConfig(gatewayConfig, variables)));
  }
}
