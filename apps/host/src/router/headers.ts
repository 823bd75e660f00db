const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const replaced = new Set(['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'expect']);

export interface Incoming {
  rawHeaders: readonly string[];
  connection: string | undefined;
  host: string | undefined;
  forwardedFor: string | undefined;
  remoteAddress: string | undefined;
  chunked: boolean;
  upgrade: string | undefined;
}

/** The headers for the application, flat as in `rawHeaders`. */
export function requestHeaders(incoming: Incoming): string[] {
  const headers = endToEnd(incoming.rawHeaders, incoming.connection, replaced);
  const from = incoming.remoteAddress ?? 'unknown';
  headers.push(
    'X-Forwarded-For',
    incoming.forwardedFor === undefined ? from : `${incoming.forwardedFor}, ${from}`,
    'X-Forwarded-Proto',
    'http',
  );
  if (incoming.host !== undefined) headers.push('X-Forwarded-Host', incoming.host);
  if (incoming.chunked) headers.push('Transfer-Encoding', 'chunked');
  if (incoming.upgrade === undefined) headers.push('Connection', 'keep-alive');
  else headers.push('Connection', 'Upgrade', 'Upgrade', incoming.upgrade);
  return headers;
}

/** The headers for the client; `label` names the deployment that answered. */
export function responseHeaders(
  rawHeaders: readonly string[],
  connection: string | undefined,
  label: string,
): string[] {
  const headers = endToEnd(rawHeaders, connection, noHeaders);
  headers.push('Signalbox-Version', label);
  return headers;
}

const noHeaders: ReadonlySet<string> = new Set();

function endToEnd(raw: readonly string[], connection: string | undefined, dropped: ReadonlySet<string>): string[] {
  const named = namedByConnection(connection);
  const headers: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const key = name.toLowerCase();
    if (!hopByHop.has(key) && !dropped.has(key) && !named.has(key)) headers.push(name, raw[i + 1] as string);
  }
  return headers;
}

function namedByConnection(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return noHeaders;
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
}
