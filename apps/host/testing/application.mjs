/** A released application whose behaviour its configuration chooses. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

const { PORT, VERSION, MODE = 'healthy' } = process.env;

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://application');
  if (url.pathname === '/healthz') return response.writeHead(MODE === 'unhealthy' ? 404 : 200).end();
  if (url.pathname === '/crash') process.exit(7);
  if (url.pathname === '/fail') return response.writeHead(500).end();
  if (url.pathname === '/environment')
    return response.end(JSON.stringify({ ...process.env, arguments: process.argv.slice(2) }));
  if (url.pathname === '/headers') return response.end(JSON.stringify(request.headers));
  if (url.pathname === '/echo') return request.pipe(response);
  setTimeout(() => response.end(VERSION), Number(url.searchParams.get('ms') ?? 0));
});
server.on('upgrade', (_request, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  socket.pipe(socket);
});

if (MODE === 'exits') {
  console.log('no database');
  process.exit(1);
}
if (MODE === 'stubborn') process.on('SIGTERM', () => undefined);
if (MODE === 'stray')
  spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' }).unref();
if (MODE === 'parent') spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
if (MODE === 'noisy') {
  const line = `${'x'.repeat(999)}\n`.repeat(1000);
  for (let i = 0; i < 100; i += 1) process.stdout.write(line);
  console.log('the end');
}
if (MODE === 'silent') setInterval(() => undefined, 1000);
else
  server.listen(MODE === 'elsewhere' ? 0 : Number(PORT), '127.0.0.1', () =>
    console.log('listening on', server.address().port),
  );
