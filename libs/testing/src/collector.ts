import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface CollectedSpan {
  service: string;
  traceId: string;
  spanId: string;
  /** Absent: it begins the trace. */
  parentId?: string;
  name: string;
  /** As on the wire: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  startNs: bigint;
  endNs: bigint;
  attributes: Record<string, string | number>;
  isError: boolean;
  linksTo: string[];
}

/** Takes traces as any collector does: OTLP as protobuf, over HTTP. */
export class Collector {
  readonly spans: CollectedSpan[] = [];
  requests = 0;
  /** What it answers from now on; undefined: nothing, it hangs. */
  status: number | undefined = 200;
  private readonly server = createServer((request, response) => void this.take(request, response));

  static async start(): Promise<Collector> {
    const collector = new Collector();
    collector.server.listen(0, '127.0.0.1');
    await once(collector.server, 'listening');
    return collector;
  }

  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    const body = await buffer(request);
    const isTraces = request.url === '/v1/traces' && request.headers['content-type'] === 'application/x-protobuf';
    if (this.status === undefined) return;
    if (this.status === 200 && isTraces) this.spans.push(...spansOf(body));
    response.writeHead(isTraces ? this.status : 404).end();
  }
}

type Field = { number: number; value: bigint | Buffer };

/** The fields of a protobuf message, in order: varints and fixed numbers as bigint, everything else as bytes. */
function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = BigInt(message[at++] ?? 0);
      value |= (byte & 0x7fn) << shift;
      if (byte < 0x80n) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    switch (tag & 7) {
      case 0:
        fields.push({ number, value: varint() });
        break;
      case 1:
        fields.push({ number, value: message.readBigUInt64LE(at) });
        at += 8;
        break;
      case 2: {
        const length = Number(varint());
        fields.push({ number, value: message.subarray(at, at + length) });
        at += length;
        break;
      }
      case 5:
        fields.push({ number, value: BigInt(message.readUInt32LE(at)) });
        at += 4;
        break;
      default:
        throw new Error(`no protobuf: wire type ${tag & 7} at ${at}`);
    }
  }
  return fields;
}

const messages = (fields: readonly Field[], number: number): Buffer[] =>
  fields.flatMap(({ number: given, value }) => (given === number && Buffer.isBuffer(value) ? [value] : []));
const bytes = (fields: readonly Field[], number: number): Buffer => messages(fields, number)[0] ?? Buffer.alloc(0);
const integer = (fields: readonly Field[], number: number): bigint => {
  const value = fields.find((field) => field.number === number)?.value;
  return typeof value === 'bigint' ? value : 0n;
};

/** ExportTraceServiceRequest → ResourceSpans → ScopeSpans → Span; numbers of opentelemetry-proto 1.7. */
function spansOf(request: Buffer): CollectedSpan[] {
  return messages(fieldsOf(request), 1).flatMap((ofResource) => {
    const fields = fieldsOf(ofResource);
    const service = String(attributesOf(fieldsOf(bytes(fields, 1)), 1)['service.name']);
    return messages(fields, 2).flatMap((ofScope) =>
      messages(fieldsOf(ofScope), 2).map((span) => spanOf(service, fieldsOf(span))),
    );
  });
}

function spanOf(service: string, fields: readonly Field[]): CollectedSpan {
  const parentId = bytes(fields, 4).toString('hex');
  return {
    service,
    traceId: bytes(fields, 1).toString('hex'),
    spanId: bytes(fields, 2).toString('hex'),
    ...(parentId !== '' && { parentId }),
    name: bytes(fields, 5).toString(),
    kind: Number(integer(fields, 6)),
    startNs: integer(fields, 7),
    endNs: integer(fields, 8),
    attributes: attributesOf(fields, 9),
    isError: integer(fieldsOf(bytes(fields, 15)), 3) === 2n,
    linksTo: messages(fields, 13).map((link) => bytes(fieldsOf(link), 1).toString('hex')),
  };
}

function attributesOf(fields: readonly Field[], number: number): Record<string, string | number> {
  return Object.fromEntries(
    messages(fields, number).map((pair) => {
      const [key, value] = [1, 2].map((field) => bytes(fieldsOf(pair), field));
      const [text, whole] = [messages(fieldsOf(value as Buffer), 1)[0], integer(fieldsOf(value as Buffer), 3)];
      return [String(key), text === undefined ? Number(whole) : text.toString()];
    }),
  );
}
