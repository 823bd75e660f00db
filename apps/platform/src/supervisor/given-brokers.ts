import { connect } from 'node:net';
import { UsageError } from './usage-error.js';

const withinMs = 5_000;

/** Told before anything starts: services would wait for a broker for as long as it takes. One that answers is enough. */
export async function demandBroker(addresses: readonly string[]): Promise<void> {
  if (addresses.length === 0) return;
  await Promise.any(addresses.map(answers)).catch(() => {
    throw new UsageError(
      `no Kafka broker answers at ${addresses.join(', ')}\nfix: KAFKA_BROKERS=HOST:PORT,HOST:PORT, of brokers that run and can be reached from here`,
    );
  });
}

/** Whether somebody listens there. TLS and users are the services' to negotiate, and to tell of. */
async function answers(address: string): Promise<void> {
  const [, host = '', port = ''] = /^\[?(.+?)\]?:(\d+)$/.exec(address.trim()) ?? [];
  const socket = connect({ host, port: Number(port), timeout: withinMs });
  try {
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject);
      socket.once('timeout', () => reject(new Error(`no answer within ${withinMs / 1000} s`)));
    });
  } finally {
    socket.destroy();
  }
}
