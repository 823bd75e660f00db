/**
 * The host's router against a bare Node proxy loop, both before the same upstream in processes of their own, in the
 * same run, interleaved. Prints medians, range and ratio. `npm run bench -- router [repetitions] [seconds]`.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { summary, verdict } from './figures.mjs';

const CONNECTIONS = 32;
const LATENCY_RATE = 500;
const GOALS = { ratio: 0.5, addedP99Ms: 2 };

const roles = {
  upstream: async () =>
    createServer({ keepAliveTimeout: 60_000 }, (_request, response) => response.end('hello from the application')),
  plain: async (upstream) => {
    const agent = new Agent({ keepAlive: true });
    return createServer((incoming, outgoing) => {
      const { method, url: path, headers } = incoming;
      const forwarded = request({ host: '127.0.0.1', port: upstream, method, path, headers, agent }, (answer) => {
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.pipe(outgoing);
      });
      incoming.pipe(forwarded);
    });
  },
  router: async (upstream) => {
    const { Router } = await import('../apps/host/dist/router/router.js');
    const { DeploymentTraffic } = await import('../apps/host/dist/router/traffic.js');
    const router = new Router();
    const target = (weight, version) => ({
      label: `${version}@1`,
      weight,
      current: 0,
      next: 0,
      traffic: new DeploymentTraffic(version, 1),
      endpoints: [{ host: '127.0.0.1', port: upstream, inFlight: 0 }],
    });
    router.route([target(80, '1.0.0'), target(20, '1.1.0')]);
    process.send(await router.listen(0, '127.0.0.1', () => false));
  },
};

async function serve(role, upstream) {
  process.on('message', () => process.send(process.cpuUsage()));
  const server = await roles[role](upstream);
  server?.listen(0, '127.0.0.1', () => process.send(server.address().port));
}

async function start(role, upstream = 0) {
  const child = fork(fileURLToPath(import.meta.url), ['serve', role, String(upstream)]);
  const [port] = await once(child, 'message');
  /** Processor time used so far, in microseconds. */
  const cpu = async () => {
    child.send('cpu');
    const [{ user, system }] = await once(child, 'message');
    return user + system;
  };
  return { port, cpu, stop: () => child.kill() };
}

function ask(port, agent) {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, agent, path: '/' }, (response) => {
      response.resume();
      response.on('end', resolve);
    })
      .on('error', reject)
      .end();
  });
}

/** Requests per second with all connections busy, and the proxy's processor time for each. */
async function throughput({ port, cpu }, seconds) {
  const cpuBefore = await cpu();
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const until = performance.now() + seconds * 1000;
  let answered = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() < until) {
        await ask(port, agent);
        answered += 1;
      }
    }),
  );
  const perSecond = (answered * 1000) / (performance.now() - startedAt);
  agent.destroy();
  return { perSecond, cpuUs: ((await cpu()) - cpuBefore) / answered };
}

/** Latencies at a fixed rate. */
async function latencies(port, seconds) {
  const agent = new Agent({ keepAlive: true });
  const startedAt = performance.now();
  const measured = [];
  await Promise.all(
    Array.from({ length: LATENCY_RATE * seconds }, async (_, index) => {
      const dueAt = startedAt + (index * 1000) / LATENCY_RATE;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueAt - performance.now())));
      const sentAt = performance.now();
      await ask(port, agent);
      measured.push(performance.now() - sentAt);
    }),
  );
  agent.destroy();
  measured.sort((a, b) => a - b);
  return { p50: measured[Math.floor(measured.length * 0.5)], p99: measured[Math.floor(measured.length * 0.99)] };
}

async function measure(repetitions, seconds) {
  const upstream = await start('upstream');
  const proxies = { plain: await start('plain', upstream.port), router: await start('router', upstream.port) };
  const figures = { plain: [], router: [] };
  for (const proxy of Object.values(proxies)) await throughput(proxy, 1);
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const order = repetition % 2 === 0 ? ['plain', 'router'] : ['router', 'plain'];
    for (const name of order) {
      const busy = await throughput(proxies[name], seconds);
      figures[name].push({ ...busy, ...(await latencies(proxies[name].port, seconds)) });
    }
  }
  for (const each of [upstream, ...Object.values(proxies)]) each.stop();
  return figures;
}

function report({ plain, router }, repetitions) {
  const of = (rows, key, digits) =>
    summary(
      rows.map((row) => row[key]),
      digits,
    );
  const added = (key) =>
    summary(
      router.map((row, i) => row[key] - plain[i][key]),
      2,
    );
  const cost = summary(
    router.map((row, i) => plain[i].cpuUs / row.cpuUs),
    2,
  );
  const ratio = summary(
    router.map((row, i) => row.perSecond / plain[i].perSecond),
    2,
  );
  console.log(
    `${repetitions} interleaved repetitions, ${CONNECTIONS} connections; latency at ${LATENCY_RATE} requests/s`,
  );
  console.log(`plain proxy  ${of(plain, 'perSecond', 0).text} requests/s`);
  console.log(`router       ${of(router, 'perSecond', 0).text} requests/s`);
  console.log(
    `ratio        ${ratio.text}, goal at least ${GOALS.ratio}: ${verdict(ratio.median >= GOALS.ratio, 'the router counts and picks for each request')}`,
  );
  console.log(
    `processor time per request: plain ${of(plain, 'cpuUs', 0).text} µs, router ${of(router, 'cpuUs', 0).text} µs,`,
  );
  console.log(
    `             ratio ${cost.text}; client, proxy and upstream share the processors, so this is the stricter figure`,
  );
  console.log(`added p50    ${added('p50').text} ms`);
  console.log(
    `added p99    ${added('p99').text} ms, goal under ${GOALS.addedP99Ms}: ${verdict(added('p99').median < GOALS.addedP99Ms, 'client, proxy and upstream wait for the same processors')}`,
  );
}

if (process.argv[2] === 'serve') {
  await serve(process.argv[3], Number(process.argv[4]));
} else {
  const [repetitions, seconds] = [Number(process.argv[2] ?? 5), Number(process.argv[3] ?? 2)];
  report(await measure(repetitions, seconds), repetitions);
}
