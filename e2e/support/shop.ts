import { TestRepository } from './repository.js';

export interface Behaviour {
  /** Share of requests to `/` that answer 500. */
  errors?: number;
  delayMs?: number;
}

export interface ShopOptions {
  name?: string;
  bake?: string;
  steps?: string;
  buildSteps?: string[];
  analysisLimit?: string;
  /** The range the success rate must lie in; at 0.95 a canary passes after 74 good requests instead of 376. */
  minSuccess?: number;
  extra?: string;
}

const server = ({ errors = 0, delayMs = 0 }: Behaviour) => `
const http = require('node:http');
let count = 0;
http.createServer((request, response) => {
  if (request.url === '/healthz') return response.end('ok');
  count += 1;
  const fails = ${errors} > 0 && count % Math.round(1 / ${errors || 1}) === 0;
  setTimeout(() => { response.statusCode = fails ? 500 : 200; response.end(process.env.VERSION); }, ${delayMs});
}).listen(process.env.PORT);
`;

/** An application of a few lines whose versions behave as a test needs. */
export class Shop extends TestRepository {
  readonly name: string;

  constructor(private readonly options: ShopOptions = {}) {
    super();
    this.name = options.name ?? 'shop';
    this.commit('feat: first version', { 'server.js': server({}), 'signalbox.yaml': this.manifest() });
  }

  /** A change of behaviour as one commit. */
  change(message: string, behaviour: Behaviour = {}): string {
    return this.commit(message, { 'server.js': `// ${message}\n${server(behaviour)}` });
  }

  manifest(): string {
    const {
      bake = '2s',
      analysisLimit = '2m',
      minSuccess = 0.99,
      buildSteps = ['node, --check, server.js'],
      extra = '',
    } = this.options;
    const steps =
      this.options.steps ??
      `[{ setWeight: 20 }, { analysis: { duration: ${analysisLimit} } }, { setWeight: 50 }, { analysis: { duration: ${analysisLimit} } }]`;
    return `apiVersion: signalbox/v1
name: ${this.name}
build:
  steps:
${buildSteps.map((step) => `    - { run: [${step}] }`).join('\n')}
runtime:
  command: [node, server.js]
  healthCheckPath: /healthz
  stopTimeout: 2s
environments:
  staging: {}
  production:
    strategy: { canary: { steps: ${steps} } }
    analysis: { interval: 500ms, metrics: [{ name: request-success-rate, thresholdRange: { min: ${minSuccess} } }, { name: request-duration, quantile: ${minSuccess}, thresholdRange: { max: 500ms } }] }
    watch: { bake: ${bake} }
${extra}`;
  }
}
