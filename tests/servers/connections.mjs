// Connections between the web server and the pool: kept ones lose no request, and slow clients hold up nobody else.

import assert from 'node:assert/strict';
import net from 'node:net';

import { commandPath } from './processes.mjs';
import { pool, servers } from './servers.mjs';
import { request } from './sse.mjs';
import { eventually, sleep } from './time.mjs';

const CLIENTS = 8, REQUESTS = 200, RELOADS = 3;
const HEALTHY_MS = 3000;
const row = (name) => servers.find((server) => server.name === name);

// The same servers with their examples, told to keep their connections.
const keeping = (name, edit) => ({
  ...row(name), name: `${name}, connections kept`,
  commands: (site) => { const started = row(name).commands(site); site.edit('example.conf', edit); return started; },
});

const haproxy = (site) => {
  site.serverConfig('haproxy.cfg', 'haproxy.cfg');
  return [commandPath('haproxy'), ['-db', '-f', `${site.dir}/server.conf`, '-f', `${site.dir}/example.conf`]];
};

export const keepers = [
  keeping('nginx with spawn-fcgi', (text) => text.replace(/fastcgi_pass (unix:[^;]*);/, 'fastcgi_pass kept; fastcgi_keep_conn on;')
    .replace(/^server \{/m, `upstream kept { server ${/fastcgi_pass (unix:[^;]*);/.exec(text)[1]}; keepalive 16; }\nserver {`)),
  keeping('Apache mod_proxy_fcgi', (text) => text.replace('flushpackets=on>', 'flushpackets=on enablereuse=on>')),
  // A chunked body that is refused before its end is a bad request to HAProxy itself.
  { name: 'HAProxy', base: '/sse', atOnce: true, cutsChunked: true, commands: (site) => [pool(site), haproxy(site)] },
];

// What a client does in turn, and the status that it must get.
const large = 'x'.repeat(100000);
const turns = [
  (site) => [200, 'POST', `${site.url}/feed/kept`, 'text/plain', 'Post one'],
  (site) => [200, 'GET', `${site.url}/healthz`],
  (site) => [415, 'POST', `${site.url}/feed/kept`, 'text/odd', 'x'],
  (site) => [200, 'GET', `${site.url}/components/feed/kept`],
  (site) => [200, 'HEAD', `${site.url}/feed/kept`],
  (site) => [413, 'POST', `${site.url}/feed/kept`, 'text/plain', large],
  (site) => [404, 'POST', `${site.url}/nothing/here`, 'text/plain', 'x'],
  (site) => [200, 'GET', `${site.url}/progress/kept-over`],   // a stream that has its end at once
];
const prepare = async (site) => assert.equal((await site.runnel('done', 'kept-over', 'All of it')).code, 0);

async function oneTurn(site, n, lost) {
  const [status, method, url, type, body] = turns[n % turns.length](site);
  const headers = body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) };
  const got = await request(url, { method, headers, body }).then((answer) => answer.status, (error) => error.message);
  if (got !== status) lost.push(`${method} ${url.slice(site.url.length)}: ${got}, not ${status}`);
}

const summary = (lost) => [...new Set(lost)].map((what) => `${lost.filter((other) => other === what).length} × ${what}`).join('; ');

export const keptPromises = {
  [`${CLIENTS * REQUESTS} requests of ${CLIENTS} clients: each is answered`]: async (site) => {
    const lost = [];
    await prepare(site);
    const client = async (first) => { for (let i = 0; i < REQUESTS; i++) await oneTurn(site, first + i, lost); };
    await Promise.all(Array.from({ length: CLIENTS }, (_, first) => client(first)));
    assert.equal(lost.length, 0, summary(lost));
  },

  'streams begin and end on connections that served others': async (site) => {
    for (let i = 0; i < 20; i++) {
      await oneTurn(site, 1, []);
      assert.equal((await site.runnel('done', `kept-${i}`, 'All of it')).code, 0);
      const answer = await request(`${site.url}/progress/kept-${i}`);
      assert.equal(answer.status, 200);
      assert.match(answer.body, /event: complete\n[^]*event: close\n/);
    }
  },

  'a reload of the pool meanwhile loses nothing': async (site) => {
    const lost = [];
    await prepare(site);
    let over = false, count = 0;
    const client = async (first) => { for (let i = first; !over; i++, count++) await oneTurn(site, i, lost); };
    const clients = Array.from({ length: CLIENTS }, (_, first) => client(first));
    const [master] = site.processes('runnel.fcgi').sort((a, b) => a - b);
    for (let i = 0; i < RELOADS; i++) { await sleep(700); process.kill(master, 'SIGHUP'); }
    await sleep(1500);
    over = true;
    await Promise.all(clients);
    assert.equal(lost.length, 0, `of ${count}: ${summary(lost)}`);
    return `${count} requests`;
  },
};

// ---- slow clients

function open(site, text, paused) {
  const socket = net.connect(site.port, '127.0.0.1', () => socket.write(text));
  if (paused) socket.pause(); else socket.resume();
  socket.on('error', () => { /* it is ended in time */ });
  return socket;
}

const path = (site) => new URL(site.url).pathname;
const slowSender = (site) => {
  const socket = open(site, `POST ${path(site)}/feed/slow HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 3000\r\n\r\n`);
  const timer = setInterval(() => socket.writable && socket.write('x'), 500);
  socket.once('close', () => clearInterval(timer));
  return socket;
};
const slowReader = (site) => open(site, `GET ${path(site)}/components/feed/slow HTTP/1.1\r\nHost: localhost\r\n\r\n`, true);
const silent = (site) => open(site, '');

async function healthyBeside(site, slow) {
  const sockets = Array.from({ length: site.slowClients }, () => slow(site));
  const late = [];
  try {
    await sleep(500);
    for (let i = 0; i < 10; i++) {
      const before = performance.now();
      const status = await request(`${site.url}/healthz`, { timeout: HEALTHY_MS }).then((answer) => answer.status, (error) => error.message);
      if (status !== 200) late.push(`${status} after ${Math.round(performance.now() - before)} ms`);
      await sleep(200);
    }
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  assert.deepEqual(late, []);
  assert.ok(await eventually(async () => (await request(`${site.url}/healthz`)).status === 200, HEALTHY_MS));
}

// Apache has a thread for each client: 400, unless told.
const beside = (slow) => (site, server) => { site.slowClients = server.name.startsWith('Apache') ? 150 : 200; return healthyBeside(site, slow); };

export const slowPromises = {
  'clients that send slowly hold up nobody': beside(slowSender),
  'clients that do not read hold up nobody': async (site, server) => {
    for (let i = 0; i < 25; i++) assert.equal((await site.post('feed/slow', 'text/plain', 'x'.repeat(30000))).status, 200);
    await beside(slowReader)(site, server);
  },
  'clients that are silent hold up nobody': beside(silent),
};
export const isSlowServer = ({ name }) => ['nginx with spawn-fcgi', 'lighttpd FastCGI', 'Apache mod_proxy_fcgi'].includes(name);
