// A peer for the benchmark: one channel in memory, on Node's http and better-sse. Run: peer_better_sse.mjs SOCKET
//
// GET /sub is the stream; POST /pub makes its body one event for all. The data is text already, so it is not made JSON.

import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const { createChannel, createSession } = createRequire(join(process.cwd(), 'peer.js'))('better-sse');
const channel = createChannel();

async function answer(request, response) {
  if (request.method === 'GET' && request.url === '/sub') {
    channel.register(await createSession(request, response, { serializer: String }));
  } else if (request.method === 'POST' && request.url === '/pub') {
    channel.broadcast(await text(request));
    response.end('ok');
  } else {
    response.writeHead(404).end();
  }
}

const server = createServer(answer);
server.keepAliveTimeout = 3600_000;
server.listen({ path: process.argv[2], backlog: 4096 });
process.once('SIGTERM', () => process.exit());
