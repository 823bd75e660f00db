const LONGEST_BODY = 64 * 1024;

export async function readJson(request) {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > LONGEST_BODY) return undefined;
  }
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === 'object' ? value : undefined;
  } catch {
    return undefined;
  }
}

export function sendJson(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** Calls the route of a request; `routes` maps `METHOD /path/:id` to a function. */
export function router(routes) {
  const table = Object.entries(routes).map(([route, handle]) => {
    const [method, path] = route.split(' ');
    return { method, pattern: new RegExp(`^${path.replace(/:id/, '([\\w-]+)')}$`), handle };
  });
  return async (request, response) => {
    const { pathname } = new URL(request.url, 'http://storefront');
    for (const { method, pattern, handle } of table) {
      const match = request.method === method && pattern.exec(pathname);
      if (!match) continue;
      try {
        await handle(request, response, match[1]);
      } catch (error) {
        console.error(error.message);
        sendJson(response, 500, { error: error.message });
      }
      return;
    }
    sendJson(response, 404, { error: 'not found' });
  };
}
