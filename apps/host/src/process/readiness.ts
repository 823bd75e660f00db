import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { DeploymentFailureCode } from '@signalbox/domain';
import type { Child } from './child.js';
import { listeningPorts } from './identity.js';

const PROBE_EVERY_MS = 50;
const PROBE_TIMEOUT_MS = 2000;
/** An application that listens on "localhost" may have got only one of them. */
const LOOPBACKS = ['127.0.0.1', '::1'];

export interface Probe {
  port: number;
  healthCheckPath: string;
  startTimeoutMs: number;
}

export type Readiness = { ready: true; host: string } | { ready: false; code: DeploymentFailureCode; message: string };

/** Waits until the health path answers 2xx or 3xx, the process ends, or the time is over; it looks once more after that. */
export async function untilReady(
  child: Child,
  probe: Probe,
  nowMs: () => number = () => performance.now(),
): Promise<Readiness> {
  const deadline = nowMs() + probe.startTimeoutMs;
  let lastStatus: number | 'none' | undefined;
  let isOver = false;
  while (!isOver && !child.hasEnded) {
    // Known before the look: where the sleep of a machine counts as time, nobody has looked in it.
    isOver = nowMs() >= deadline;
    for (const host of LOOPBACKS) {
      const timeoutMs = isOver ? PROBE_TIMEOUT_MS : Math.min(PROBE_TIMEOUT_MS, deadline - nowMs());
      const status = await healthStatus(host, probe, timeoutMs);
      if (status === undefined) continue;
      if (typeof status === 'number' && status >= 200 && status < 400) return { ready: true, host };
      // A status says more than a later probe that the deadline cut off.
      if (typeof status === 'number') lastStatus = status;
      else lastStatus ??= status;
    }
    await delay(PROBE_EVERY_MS);
  }
  if (child.hasEnded) {
    const { started, message } = await child.ended;
    return { ready: false, code: started ? 'exited' : 'not_started', message };
  }
  return { ready: false, ...whyNotReady(child, probe, lastStatus) };
}

function whyNotReady(
  child: Child,
  { port, healthCheckPath, startTimeoutMs }: Probe,
  lastStatus: number | 'none' | undefined,
): { code: DeploymentFailureCode; message: string } {
  if (typeof lastStatus === 'number') return { code: 'unhealthy', message: `${healthCheckPath} ${lastStatus}` };
  const within = inSeconds(startTimeoutMs);
  if (lastStatus === 'none') return { code: 'unhealthy', message: `${healthCheckPath} no answer in ${within}` };
  const others = child.pid === undefined ? [] : listeningPorts(child.pid).filter((each) => each !== port);
  if (others.length > 0) return { code: 'wrong_port', message: `listens on ${others.join(', ')}` };
  return { code: 'nothing_on_port', message: `nothing on $PORT ${port} in ${within}` };
}

function inSeconds(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

/** The status, 'none' when something took the connection but gave no answer, undefined when nothing did. */
async function healthStatus(host: string, probe: Probe, timeoutMs: number): Promise<number | 'none' | undefined> {
  return new Promise((resolve) => {
    let isTaken = false;
    const request = get({ host, port: probe.port, path: probe.healthCheckPath, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    const timer = setTimeout(() => request.destroy(new Error('timeout')), Math.max(1, timeoutMs));
    request.on('socket', (socket) => socket.once('connect', () => (isTaken = true)));
    request.on('close', () => clearTimeout(timer));
    request.on('error', () => resolve(isTaken ? 'none' : undefined));
  });
}
