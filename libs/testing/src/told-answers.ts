import { Ajv2020 } from 'ajv/dist/2020.js';
import { default as addFormats } from 'ajv-formats';

type Content = Record<string, { readonly schema: object }>;

interface Operation {
  readonly responses: Record<string, { readonly content?: Content }>;
}

/** Of an OpenAPI document, as much as answers are held against. */
export interface ToldDocument {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components?: { readonly schemas?: Record<string, object> };
}

const json = 'application/json';
const problem = 'application/problem+json';
const withinMs = 5_000;

/** Holds what a server answers against the OpenAPI document that it gives out: all that is told, and nothing beside it. */
export class ToldAnswers {
  private readonly documents = new Map<string, Told>();

  /**
   * Reads a copy of the answer. Nothing is judged while the document cannot be read, as when a service restarts, nor an
   * operation that it lacks or of whose answers it tells nothing.
   * @throws Error that says where the answer is another than told
   */
  async check(url: string, method: string, path: string, answer: Response): Promise<void> {
    const type = answer.headers.get('content-type')?.split(';')[0];
    if (type !== json && type !== problem) return;
    const copy = answer.clone();
    const told = await this.documentOf(url, method, path);
    const body: unknown = await copy.json().catch(() => undefined);
    // Cut off under way: whoever reads the answer itself sees that.
    if (body !== undefined) told?.check({ method, path, status: answer.status, type }, body);
  }

  /** Read anew for what is not known: a gateway tells of the services that it has reached. */
  private async documentOf(url: string, method: string, path: string): Promise<Told | undefined> {
    const known = this.documents.get(url);
    if (known?.has(method, path)) return known;
    const signal = AbortSignal.timeout(withinMs);
    const read = await fetch(`${url}/openapi.json`, { signal }).then(
      async (answer) => (answer.ok ? ((await answer.json()) as ToldDocument) : undefined),
      () => undefined,
    );
    if (read === undefined) return known;
    const told = new Told(read);
    this.documents.set(url, told);
    return told;
  }
}

interface Answered {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly type: string;
}

/** One document, compiled as it is needed. */
export class Told {
  private readonly ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true });

  constructor(private readonly document: ToldDocument) {
    addFormats.default(this.ajv);
    this.ajv.addSchema(closed(document) as object, 'document');
  }

  has(method: string, path: string): boolean {
    return this.find(method, path) !== undefined;
  }

  /** @throws Error that says where the body is another than told */
  check({ method, path, status, type }: Answered, body: unknown): void {
    const template = this.find(method, path);
    if (template === undefined || !this.tellsOf(template, method)) return;
    const pointer =
      type === problem
        ? ['components', 'schemas', 'Problem']
        : ['paths', template, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema'];
    const told = this.ajv.getSchema(`document#/${pointer.map(escaped).join('/')}`);
    if (!told) throw new Error(`${method} ${template}: the OpenAPI document tells of no ${type} with ${status}`);
    if (told(body)) return;
    const faults = (told.errors ?? []).map(({ instancePath, message, params }) =>
      [instancePath, message, JSON.stringify(params)].join(' '),
    );
    throw new Error(`${method} ${path} answers otherwise than its OpenAPI document says:\n${faults.join('\n')}`);
  }

  /** Those that tell of nothing are of a test's own service, or of a build of before there was anything told. */
  private tellsOf(template: string, method: string): boolean {
    const { responses = {} } = this.document.paths[template]?.[method.toLowerCase()] ?? {};
    return Object.values(responses).some(({ content }) => content);
  }

  /** The template of a path; the one with the fewest parameters, if several fit. */
  private find(method: string, path: string): string | undefined {
    const [asked = ''] = path.split('?');
    const fitting = Object.keys(this.document.paths).filter(
      (template) =>
        this.document.paths[template]?.[method.toLowerCase()] &&
        new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(asked),
    );
    return fitting.toSorted((a, b) => a.split('{').length - b.split('{').length)[0];
  }
}

function escaped(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}

/** The same schemas, in which objects have no properties but those that are told. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, closed(each)] as const);
  const isObject = 'properties' in value && 'type' in value && !('additionalProperties' in value);
  return { ...Object.fromEntries(entries), ...(isObject && { additionalProperties: false }) };
}
