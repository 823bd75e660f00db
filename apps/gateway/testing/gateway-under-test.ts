import type { Identity } from '@signalbox/chassis';
import { gateway } from '@signalbox/gateway';
import type { Database } from '@signalbox/persistence';
import { ServiceUnderTest, ToldAnswers } from '@signalbox/testing';
import { exportJWK, generateKeyPair } from 'jose';
import { startUpstream } from './upstream.js';
import type { Upstream } from './upstream.js';

export const adminKey = `sbx_${'a'.repeat(43)}`;
/** Calls that one principal has within a minute. */
export const rateLimit = 150;

export interface Call {
  method?: string;
  key?: string;
  body?: object | string;
  headers?: Record<string, string>;
}

interface IssuedKey {
  id: string;
  key: string;
}

/** A gateway before a planning that tells what it was asked; every other service is gone. */
export class GatewayUnderTest {
  private readonly told = new ToldAnswers();

  private constructor(
    readonly service: ServiceUnderTest,
    readonly planning: Upstream,
    readonly database: Database,
  ) {}

  /** @param variables of every service's, in place of what they are by themselves */
  static async start(variables: Record<string, string> = {}): Promise<GatewayUnderTest> {
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const open = { ...(await exportJWK(publicKey)), kid: 'gateway', alg: 'EdDSA' };
    const planning = await startUpstream('planning', open);
    const deployer = await startUpstream('deployer', open);
    await deployer.stop();
    let database: Database | undefined;
    const definition: typeof gateway = {
      ...gateway,
      module: (context) => {
        database = context.database;
        return gateway.module(context);
      },
    };
    const gone = deployer.url;
    const own = {
      UPSTREAMS: {
        planning: planning.url,
        'build-coordinator': gone,
        'test-orchestrator': gone,
        deployer: gone,
        monitor: gone,
        feedback: gone,
      },
      IDENTITY_KEY: { kty: 'OKP', d: '', ...(await exportJWK(privateKey)), kid: 'gateway' } as never,
      ADMIN_KEY: adminKey,
      RATE_LIMIT: rateLimit,
    };
    const service = await ServiceUnderTest.start(definition, own, variables);
    if (!database) throw new Error('the module was not created');
    return new GatewayUnderTest(service, planning, database);
  }

  async stop(): Promise<void> {
    await this.service.stop();
    await this.planning.stop();
  }

  /** What it answers must be as it tells. */
  async call(path: string, { method = 'GET', key = adminKey, body, headers }: Call = {}): Promise<Response> {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const text = typeof body === 'object' ? JSON.stringify(body) : body;
    const answer = await fetch(`${this.service.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...type, ...headers },
      ...(text !== undefined && { body: text }),
    });
    await this.told.check(this.service.url, method, path, answer);
    return answer;
  }

  async aPrincipal(name: string, ...bindings: Identity['bindings']): Promise<IssuedKey & { principal: string }> {
    const { id: principal } = await json<{ id: string }>(
      this.call('/v1/principals', { method: 'POST', body: { name, bindings } }),
    );
    return { principal, ...(await this.issue(principal)) };
  }

  issue(principal: string, body: object = {}): Promise<IssuedKey> {
    return json<IssuedKey>(this.call(`/v1/principals/${principal}/keys`, { method: 'POST', body }));
  }
}

export async function json<T = Record<string, unknown>>(answer: Response | Promise<Response>): Promise<T> {
  return (await (await answer).json()) as T;
}
