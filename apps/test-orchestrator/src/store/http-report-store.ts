import { signStoreUrl, tracedFetch } from '@signalbox/chassis';
import type { Tracer } from '@signalbox/messaging';
import { ReportGoneError } from './report-store.js';
import type { ReportStore } from './report-store.js';

const timeoutMs = 20_000;
const goodForMs = 60_000;

/** The store that build-coordinator serves. */
export class HttpReportStore implements ReportStore {
  constructor(
    private readonly url: string,
    private readonly key: string,
    private readonly tracer?: Tracer,
  ) {}

  async read(digest: string): Promise<string> {
    const url = signStoreUrl(this.url, this.key, 'GET', digest, new Date(Date.now() + goodForMs));
    const response = await tracedFetch(this.tracer, 'GET', url, (headers) =>
      fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs), redirect: 'error' }),
    );
    if (response.status === 404) throw new ReportGoneError(`the report ${digest} is not in the store`);
    if (!response.ok) throw new Error(`the store at ${this.url} answered ${response.status} for the report ${digest}`);
    return response.text();
  }
}
