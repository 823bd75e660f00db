import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serviceTopics } from '@signalbox/domain';
import { JvmKafka } from '@signalbox/messaging';
import getPort from 'get-port';
import { keptServer } from './kept-server.js';

const run = promisify(execFile);

/** Where a broker with TLS, SASL/SCRAM and access control lists is, and how to get in. */
export interface SecuredKafka {
  /** TLS, and a user by SCRAM-SHA-512. */
  readonly brokers: string[];
  /** TLS with a certificate for the client, whose name is the user's. */
  readonly mutualBrokers: string[];
  /** Files with the authority that signed the broker's certificate, and one that nobody knows. */
  readonly caFile: string;
  readonly otherCaFile: string;
  /** Of the user `User:CN=monitor`. */
  readonly clientCertFile: string;
  readonly clientKeyFile: string;
  /** May do everything. */
  readonly administrator: string;
  /** Of every service, and of the administrator: the user's name is the service's. */
  readonly passwords: Readonly<Record<string, string>>;
}

/** The one of this process; needs Java 17, Maven and openssl. */
export async function startSecuredKafka(): Promise<SecuredKafka> {
  return JSON.parse(await keptServer('secured-kafka')) as SecuredKafka;
}

/** Starts the broker; for the keeper. */
export async function launchSecuredKafka(
  libDir: string,
  dataDir: string,
): Promise<{ broker: JvmKafka; address: SecuredKafka }> {
  const folder = join(dataDir, 'tls');
  await mkdir(folder, { recursive: true });
  await makeCertificates(folder);
  const [port, mutualPort] = [await getPort(), await getPort()];
  const passwords = Object.fromEntries(
    ['admin', ...Object.keys(serviceTopics)].map((user) => [user, `${user}-secret`]),
  );
  const broker = await JvmKafka.start({
    libDir,
    dataDir,
    adjust: (properties) => ({ ...properties, ...secured(properties, folder, port, mutualPort) }),
    formatArguments: Object.entries(passwords).flatMap(([user, password]) => [
      '--add-scram',
      `SCRAM-SHA-512=[name=${user},password=${password}]`,
    ]),
  });
  const file = (name: string) => join(folder, name);
  const address = {
    brokers: [`127.0.0.1:${port}`],
    mutualBrokers: [`127.0.0.1:${mutualPort}`],
    caFile: file('ca.pem'),
    otherCaFile: file('other-ca.pem'),
    clientCertFile: file('client.pem'),
    clientKeyFile: file('client-key.pem'),
    administrator: 'admin',
    passwords,
  };
  return { broker, address };
}

/** The plain listener stays for the broker itself, on the loopback address; nobody may do anything through it. */
function secured(
  { listeners = '' }: Readonly<Record<string, string>>,
  folder: string,
  port: number,
  mutualPort: number,
): Record<string, string> {
  const more = `,SECURED://127.0.0.1:${port},MUTUAL://127.0.0.1:${mutualPort}`;
  return {
    listeners: listeners + more,
    'advertised.listeners': listeners + more,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL,MUTUAL:SSL',
    'inter.broker.listener.name': 'PLAINTEXT',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    // The broker speaks to itself as ANONYMOUS; administrators come in over TLS.
    'super.users': 'User:ANONYMOUS;User:admin',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': join(folder, 'broker-keystore.pem'),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': join(folder, 'ca.pem'),
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.secured.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'listener.name.mutual.ssl.client.auth': 'required',
  };
}

async function makeCertificates(folder: string): Promise<void> {
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  const authority = (name: string) => {
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', `/CN=${name}`];
    return openssl(...made, '-keyout', `${name}-key.pem`, '-out', `${name}.pem`);
  };
  await Promise.all([authority('ca'), authority('other-ca')]);
  await writeFile(join(folder, 'names.cnf'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  const signed = async (file: string, name: string) => {
    const request = ['req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`];
    await openssl(...request, '-keyout', `${file}-key.pem`, '-out', `${file}.csr`);
    const authority = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-set_serial', String(file.length)];
    const sign = ['x509', '-req', '-in', `${file}.csr`, ...authority, '-days', '30', '-extfile', 'names.cnf'];
    await openssl(...sign, '-out', `${file}.pem`);
  };
  await Promise.all([signed('broker', 'broker'), signed('client', 'monitor')]);
  const parts = await Promise.all(['broker-key.pem', 'broker.pem'].map((name) => readFile(join(folder, name), 'utf8')));
  await writeFile(join(folder, 'broker-keystore.pem'), parts.join(''));
}
