import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { IdentityMint, startService } from '@signalbox/chassis';
import { readConfig } from '@signalbox/domain';
import { planning, planningConfig } from '@signalbox/planning';
import { exportJWK, generateKeyPair } from 'jose';

const run = promisify(execFile);
const someone = {
  principal: 'prn_bench',
  name: 'bench',
  kind: 'person',
  teams: ['bench'],
  emails: [],
  bindings: [{ role: 'admin' }],
};

/** The real planning service, called over HTTP as the gateway would. */
export class Planning {
  #service;
  #mint;
  #folder;

  /** @param broker `KAFKA_BROKERS` or `LOG_DATABASE_URL`, and what belongs to it */
  static async start(folder, databaseUrl, broker) {
    const keys = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const config = readConfig(planningConfig, {
      ...broker,
      PORT: '0',
      DATABASE_URL: databaseUrl,
      IDENTITY_JWKS: JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'EdDSA' }] }),
      CURSOR_KEY: 'a-cursor-key-for-benchmarks',
      LOG_LEVEL: 'error',
      MIRROR_DIRECTORY: join(folder, 'mirrors'),
      ALLOW_LOCAL_REPOSITORIES: 'true',
      PATH: process.env.PATH,
      HOME: folder,
    });
    const made = new Planning();
    made.#folder = folder;
    made.#mint = await IdentityMint.open({ ...(await exportJWK(keys.privateKey)), kid: 'k' });
    made.#service = await startService(planning, config);
    return made;
  }

  async stop() {
    await this.#service.stop();
  }

  /** Applications in one git repository of one commit, each with a folder and the default life cycle. */
  async register(names) {
    const repository = join(this.#folder, 'repository');
    const git = (...args) => run('git', args, { cwd: repository });
    const textOf = (name) =>
      `apiVersion: signalbox/v1\nname: ${name}\nrepository: { path: ${name} }\nruntime:\n  command: [node, server.js]\n`;
    for (const name of names) {
      await mkdir(join(repository, name), { recursive: true });
      await writeFile(join(repository, name, 'signalbox.yaml'), textOf(name));
    }
    await git('init', '-q', '-b', 'main');
    await git('add', '-A');
    await git('-c', 'user.name=A', '-c', 'user.email=a@example.com', 'commit', '-q', '-m', 'feat: the beginning');
    for (const name of names)
      await this.#post('/v1/applications', { manifestText: textOf(name), repository, team: 'bench' });
  }

  /** @returns the release's id */
  async release(application, version) {
    return (await this.#post('/v1/releases', { application, version })).id;
  }

  async #post(path, body) {
    const text = JSON.stringify(body);
    const call = { audience: 'planning', method: 'POST', path, body: Buffer.from(text) };
    const authorization = `Bearer ${await this.#mint.mint(someone, call)}`;
    const headers = { authorization, 'content-type': 'application/json' };
    const response = await fetch(this.#service.url + path, { method: 'POST', headers, body: text });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }
}
