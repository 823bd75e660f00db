import { once } from 'node:events';
import { createServer } from 'node:http';
import { createStorefront } from '../src/storefront.js';

/** A storefront of its own for one test, and how to ask it. */
export async function startStorefront(context) {
  const server = createServer(createStorefront()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  const ask = async (method, path, content) => {
    const init = { method, body: content && JSON.stringify(content) };
    const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`, init);
    const isJson = response.headers.get('content-type').startsWith('application/json');
    return { status: response.status, body: isJson ? await response.json() : await response.text() };
  };
  return ask;
}
