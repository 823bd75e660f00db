import { request } from 'undici';

type Components = Record<string, Record<string, unknown>>;

/** The parts of an OpenAPI document that merging looks at. */
export interface OpenApiDocument {
  openapi: string;
  info: { title: string; version: string; description?: string };
  paths: Record<string, Record<string, { 'x-scope'?: string }>>;
  components?: Components;
  tags?: { name: string }[];
}

const description =
  'Release management from plan to customer feedback. Within a version, answers gain fields and enums gain values: read past what you do not know.';

/** One document from many: paths and components side by side, sorted, so that the same routes give the same text. */
export function mergeOpenApi(documents: readonly OpenApiDocument[]): OpenApiDocument {
  const paths = Object.assign({}, ...documents.map(forCallers)) as OpenApiDocument['paths'];
  const kinds = [...new Set(documents.flatMap((document) => Object.keys(document.components ?? {})))].sort();
  const components = Object.fromEntries(
    kinds.map((kind) => [
      kind,
      sorted(
        Object.assign({}, ...documents.map((document) => document.components?.[kind] ?? {})) as Record<string, unknown>,
      ),
    ]),
  );
  return {
    openapi: '3.1.0',
    info: { title: 'Signalbox', version: '1', description },
    paths: sorted(paths),
    components: reachable(paths, components),
  };
}

/** Components that the paths need, and what these refer to; how to authenticate is said by its name. */
function reachable(paths: object, components: Components): Components {
  const wanted = new Set<string>();
  const follow = (value: unknown): void => {
    for (const [, kind = '', name = ''] of JSON.stringify(value).matchAll(/"#\/components\/(\w+)\/([^"]+)"/g)) {
      if (wanted.has(`${kind}/${name}`)) continue;
      wanted.add(`${kind}/${name}`);
      follow(components[kind]?.[name] ?? {});
    }
  };
  follow(paths);
  const isWanted = (kind: string, name: string) => kind === 'securitySchemes' || wanted.has(`${kind}/${name}`);
  return Object.fromEntries(
    Object.entries(components).map(([kind, all]) => [
      kind,
      Object.fromEntries(Object.entries(all).filter(([name]) => isWanted(kind, name))),
    ]),
  );
}

/** Routes with a credential of their own, such as the runners', are not called through the gateway. */
function forCallers({ paths }: OpenApiDocument): OpenApiDocument['paths'] {
  const open = Object.entries(paths).map(([path, operations]): [string, OpenApiDocument['paths'][string]] => [
    path,
    Object.fromEntries(Object.entries(operations).filter(([, operation]) => operation['x-scope'] !== 'public')),
  ]);
  return Object.fromEntries(open.filter(([, operations]) => Object.keys(operations).length > 0));
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Reads the documents of all services; one that does not answer is left out until it does. */
export async function fetchDocuments(urls: readonly string[]): Promise<OpenApiDocument[]> {
  const answers = await Promise.allSettled(urls.map(fetchDocument));
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
}

async function fetchDocument(url: string): Promise<OpenApiDocument> {
  const { statusCode, body } = await request(`${url}/openapi.json`, { headersTimeout: 2_000 });
  if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}`);
  return (await body.json()) as OpenApiDocument;
}
