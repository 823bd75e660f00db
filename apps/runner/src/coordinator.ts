import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { heartbeatAnswer, lease, storableJson, uploadAnswer } from '@signalbox/domain';
import type { HeartbeatAnswer, Lease, LeaseRequest, TaskResult } from '@signalbox/domain';

/** An answer that says no; `code` is the problem's. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }

  /** Asking again will not help; where the store is full a person has to make room. */
  get isFinal(): boolean {
    return (this.status < 500 && this.status !== 429) || this.status === 507;
  }
}

interface CallOptions {
  until?: AbortSignal;
  /** Of the task's release; what is said often, heartbeats and log, goes without. */
  traceparent?: string | undefined;
}

const timeoutMs = 10_000;
/** Several vain ones fit into a lease: a replica that hangs costs its runners no task. */
const beatMs = 3_000;
const logMs = 5_000;
const pollMs = 30_000;
const uploadMs = 600_000;

/** The build-coordinator, as a runner sees it. */
export class Coordinator {
  constructor(
    private readonly url: string,
    private readonly key: string,
  ) {}

  /** Waits for work; undefined when there was none. */
  async lease(request: LeaseRequest, signal: AbortSignal): Promise<Lease | undefined> {
    const until = AbortSignal.any([signal, AbortSignal.timeout(pollMs)]);
    const response = await this.call('POST', '/v1/leases', this.key, request, { until });
    return response.status === 204 ? undefined : lease.parse(await response.json());
  }

  async beat({ leaseId, taskToken }: Lease): Promise<HeartbeatAnswer> {
    const until = AbortSignal.timeout(beatMs);
    const response = await this.call('POST', `/v1/leases/${leaseId}/heartbeats`, taskToken, {}, { until });
    return heartbeatAnswer.parse(await response.json());
  }

  async appendLog({ taskId, taskToken }: Lease, seq: number, text: string): Promise<void> {
    const until = AbortSignal.timeout(logMs);
    await this.call('PUT', `/v1/tasks/${encodeURIComponent(taskId)}/logs/${seq}`, taskToken, { text }, { until });
  }

  async report({ leaseId, taskToken, traceparent }: Lease, result: TaskResult): Promise<void> {
    await this.call('POST', `/v1/leases/${leaseId}/results`, taskToken, result, { traceparent });
  }

  /** Puts a file into the store, unless its digest is there already. */
  async upload(
    { leaseId, taskToken, traceparent }: Lease,
    digest: string,
    path: string,
    signal: AbortSignal,
  ): Promise<void> {
    // Also of the offer: the coordinator reads what it has of this digest before it answers.
    const until = AbortSignal.any([signal, AbortSignal.timeout(uploadMs)]);
    const about = { until, traceparent };
    const offer = await this.call('POST', `/v1/leases/${leaseId}/uploads`, taskToken, { digest }, about);
    const { url } = uploadAnswer.parse(await offer.json());
    if (url === undefined) return;
    const { size } = await stat(path);
    const request = {
      method: 'PUT',
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(size), ...traceOf(traceparent) },
      body: createReadStream(path),
      duplex: 'half',
      signal: until,
    };
    await accepted(await fetch(url, request as RequestInit));
  }

  private async call(
    method: string,
    path: string,
    credential: string,
    body: object,
    { until = AbortSignal.timeout(timeoutMs), traceparent }: CallOptions = {},
  ): Promise<Response> {
    const headers = {
      authorization: `Bearer ${credential}`,
      'content-type': 'application/json',
      ...traceOf(traceparent),
    };
    const request = { method, headers, body: storableJson(body), signal: until };
    return accepted(await fetch(`${this.url}${path}`, request));
  }
}

function traceOf(traceparent: string | undefined): { traceparent?: string } {
  return traceparent === undefined ? {} : { traceparent };
}

async function accepted(response: Response): Promise<Response> {
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  throw new Refusal(response.status, problem.code ?? 'unknown', problem.detail ?? `answered ${response.status}`);
}
