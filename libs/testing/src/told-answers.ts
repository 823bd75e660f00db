import { Ajv2020 } from 'ajv/dist/2020.js';
import { default as addFormats } from 'ajv-formats';

interface Operation {
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: object }> }>;
}

/** Of an OpenAPI document, as much as answers are held against. */
interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

const json = 'application/json';

/** Holds what a server answers against the OpenAPI document that it gives out: all that is told, and nothing beside it. */
export class ToldAnswers {
  private readonly documents = new Map<string, Told>();

  /**
   * Reads a copy of the answer. What the document does not have is not judged, nor is anything while it cannot be read, as
   * when a service restarts.
   * @throws Error that says where the answer is another than told
   */
  async check(url: string, method: string, path: string, answer: Response): Promise<void> {
    if (!answer.ok || !answer.headers.get('content-type')?.startsWith(json)) return;
    const known = this.documents.get(url);
    const told = known?.has(method, path) ? known : await this.read(url);
    told?.check(method, path, answer.status, await answer.clone().json());
  }

  /** Anew for what was not known: a gateway tells of the services that it has reached. */
  private async read(url: string): Promise<Told | undefined> {
    const answer = await fetch(`${url}/openapi.json`).catch(() => undefined);
    if (!answer?.ok) return undefined;
    const told = new Told((await answer.json()) as Document);
    this.documents.set(url, told);
    return told;
  }
}

class Told {
  private readonly ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true });

  constructor(private readonly document: Document) {
    addFormats.default(this.ajv);
    this.ajv.addSchema(closed(document) as object, 'document');
  }

  has(method: string, path: string): boolean {
    return this.find(method, path) !== undefined;
  }

  check(method: string, path: string, status: number, body: unknown): void {
    const template = this.find(method, path);
    if (template === undefined) return;
    const verb = method.toLowerCase();
    if (!this.document.paths[template]?.[verb]?.responses[status]?.content?.[json]) return;
    const pointer = ['paths', template, verb, 'responses', String(status), 'content', json, 'schema'];
    const told = this.ajv.getSchema(`document#/${pointer.map(escaped).join('/')}`);
    if (!told) throw new Error(`${method} ${template} has no schema for ${status}`);
    if (told(body)) return;
    const faults = (told.errors ?? []).map(({ instancePath, message, params }) =>
      [instancePath, message, JSON.stringify(params)].join(' '),
    );
    throw new Error(`${method} ${path} answers otherwise than its OpenAPI document says:\n${faults.join('\n')}`);
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
