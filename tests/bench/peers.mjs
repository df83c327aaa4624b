// Other ways to serve the same burst, where they are installed: each behind the same nginx, one process, in memory.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alternate, answers, build, load, middle, run, start, stop, until } from './bench.mjs';
import { cpu, fan, nchan, peerSocket, url } from './nginx.mjs';
import { compare } from './table.mjs';

const python = process.env.PYTHON ?? 'python3';
const program = (name) => fileURLToPath(new URL(name, import.meta.url));

// From the build folder's node_modules, or NODE_PATH.
function resolves(name) {
  try {
    return Boolean(createRequire(join(build, 'peers.js')).resolve(name));
  } catch {
    return false;
  }
}

const peers = [
  {
    name: 'fastapi', title: 'FastAPI with uvicorn', command: [python, program('peer_fastapi.py')],
    there: async () => (await run(python, ['-c', 'import fastapi, uvicorn'])).status === 0,
    install: 'pip install fastapi uvicorn (PYTHON names the interpreter)',
  },
  {
    name: 'better-sse', title: 'Node with better-sse', command: [process.execPath, program('peer_better_sse.mjs')],
    there: async () => resolves('better-sse'),
    install: 'npm install better-sse in a folder of its own, and NODE_PATH=that folder/node_modules',
  },
];

async function startPeer(peer) {
  const server = start(peer.command[0], [...peer.command.slice(1), peerSocket(peer.name)]);
  await until(answers(`${url}/${peer.name}/`), 30, `${peer.title} did not start in time`);
  return server;
}

const fanOfPeer = (peer, server, args) =>
  load('fan', '--sub', `${url}/${peer.name}/sub`, '--pub', `${url}/${peer.name}/pub`, ...cpu({ peer: [server.pid] }), ...args);

export async function comparePeers() {
  const args = ['--readers', 1000, '--events', 100];
  const work = { runnel: () => fan('runnel', ...args), ...(nchan && { nchan: () => fan('nchan', ...args) }) };
  const rows = nchan ? [['nchan', 'nchan']] : [], servers = [];
  for (const peer of peers) {
    if (!await peer.there()) {
      console.log(`${peer.title}: not installed, not compared. To have it: ${peer.install}`);
      continue;
    }
    const server = await startPeer(peer);
    servers.push(server);
    rows.push([peer.name, peer.title]);
    work[peer.name] = () => fanOfPeer(peer, server, args);
  }
  const results = await alternate(work);
  for (const server of servers) await stop(server);
  const of = (name) => middle(results[name], 'per_second') ?? undefined;
  const both = (result) => result?.cpu_us_nginx + (result?.cpu_us_peer ?? result?.cpu_us_runnel);
  for (const [name, title] of rows) {
    compare(`1,000 readers × 100 events as fast as answered, against ${title}: deliveries/s`, of(name)?.per_second, of('runnel')?.per_second);
    compare('the same: CPU µs per delivery, with nginx', both(of(name)), both(of('runnel')));
  }
}
