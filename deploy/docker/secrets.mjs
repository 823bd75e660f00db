// Writes the secrets of a new installation, one file each; those that exist are kept.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, 'secrets');
const services = ['gateway', 'planning', 'build-coordinator', 'test-orchestrator', 'deployer', 'monitor', 'feedback'];
const shared = [
  'postgres-password',
  'cursor-key',
  'store-key',
  'runner-key',
  'host-key',
  'secret-key',
  'grafana-password',
];
const secret = () => randomBytes(32).toString('base64url');

// Nobody else may enter; the files themselves are read by the containers' users, whose numbers differ from ours.
mkdirSync(folder, { recursive: true, mode: 0o700 });
for (const name of shared) keep(name, secret());
for (const name of services) keep(`${name}-database-url`, `postgres://${name}:${secret()}@postgres:5432/${name}`);
keep('admin-key', `sbx_${secret()}`);
if (!existsSync(join(folder, 'identity-key'))) {
  const { d, ...publicKey } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const named = { ...publicKey, kid: randomBytes(6).toString('hex') };
  keep('identity-key', JSON.stringify({ ...named, d }));
  keep('identity-jwks', JSON.stringify({ keys: [named] }));
}

function keep(name, content) {
  const file = join(folder, name);
  if (existsSync(file)) return;
  writeFileSync(file, content);
  // Whatever the umask is.
  chmodSync(file, 0o644);
}
