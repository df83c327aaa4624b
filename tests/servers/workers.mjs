// Workers that stop and die while readers read and publishers publish, and two pools that know nothing of each other.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { commandPath, hasCommand } from './processes.mjs';
import { asRoot } from './site.mjs';
import { openStream, request } from './sse.mjs';
import { eventually, sleep } from './time.mjs';

const READERS = 40, PUBLISHERS = 4;
const LOAD_MS = 6000, BLOW_AFTER_MS = 1000;
const PATIENCE_MS = 20000;

// ---- a reader that comes back with its cursor, as a browser does

class Reader {
  constructor(url) {
    this.url = url;
    this.ids = [];
    this.sent = 0;      // how often its stream ended
    this.faults = [];
    this.over = false;
    this.done = this.#read();
  }

  async #read() {
    let cursor;
    while (!this.over) {
      this.stream = await openStream(this.url, cursor ? { 'last-event-id': cursor } : {}).catch((error) => ({ events: [], faults: [], ended: true, status: error.message }));
      if (this.stream.status !== 200 && !this.stream.ended) this.stream.leave();
      while (!this.stream.ended && !this.stream.cut && this.stream.status === 200 && !this.over) await sleep(20);
      const { events } = this.stream;
      if (events.some(({ event }) => event === 'reset')) this.faults.push('a reset');
      this.ids.push(...events.filter(({ event }) => event === 'new-post').map(({ id }) => id));
      cursor = events.findLast(({ lastId }) => lastId)?.lastId ?? cursor;
      this.stream.leave?.();
      if (!this.over) { this.sent++; await sleep(50); }
    }
  }

  get count() { return this.ids.length + (this.stream?.events.filter(({ event }) => event === 'new-post').length ?? 0); }
  async leave() { this.over = true; await this.done; }
}

// Publishes until it is told to end; what is not acknowledged is published again, as another event.
async function publish(site, load) {
  while (!load.over) {
    const before = performance.now();
    const answer = await request(`${site.url}/feed/load`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'Post', timeout: PATIENCE_MS })
      .catch((error) => ({ status: error.message }));
    load.slowestMs = Math.max(load.slowestMs, performance.now() - before);
    if (answer.status === 200) load.ids.push(answer.body.trim());
    else load.refused.push(String(answer.status));
    await sleep(50);   // a feed keeps 500: whoever is away for six seconds misses none
  }
}

// Who was killed says nothing, and its web server says 502: anything else would be ours.
async function nothingIsLost(site, blow) {
  const load = { ids: [], refused: [], slowestMs: 0, over: false };
  await site.publish('feed/load', 'title=First');
  const readers = Array.from({ length: READERS }, () => new Reader(`${site.url}/feed/load`));
  try {
    assert.ok(await eventually(() => readers.every(({ count }) => count >= 1), PATIENCE_MS), 'the streams did not begin');
    const publishers = Array.from({ length: PUBLISHERS }, () => publish(site, load));
    await sleep(BLOW_AFTER_MS);
    await blow(load);
    await sleep(LOAD_MS - BLOW_AFTER_MS);
    load.over = true;
    await Promise.all(publishers);
    const last = await site.post('feed/load', 'text/plain', 'Last');
    assert.equal(last.status, 200, last.body);
    load.ids.push(last.body.trim());
    const have = (reader) => [...reader.ids, ...(reader.stream?.events.map(({ id }) => id) ?? [])].includes(last.body.trim());
    assert.ok(await eventually(() => readers.every(have), PATIENCE_MS), `${readers.filter(have).length} of ${READERS} readers have the last event`);
  } finally {
    load.over = true;
    await Promise.all(readers.map((reader) => reader.leave()));
  }
  for (const { ids, faults } of readers) {
    assert.deepEqual(faults, []);
    assert.deepEqual(ids, [...ids].sort((a, b) => Number(a.split('-')[1]) - Number(b.split('-')[1])), 'out of order');
    assert.equal(new Set(ids).size, ids.length, 'an event came twice');
    assert.deepEqual(load.ids.filter((id) => !ids.includes(id)), [], 'acknowledged, and not read');
  }
  assert.deepEqual([...new Set(load.refused)].filter((status) => status !== '502'), []);
  assert.ok(load.slowestMs < PATIENCE_MS);
  return `${load.ids.length} acknowledged, ${load.refused.length} refused, the slowest took ${Math.round(load.slowestMs)} ms; `
    + `${readers.filter(({ sent }) => sent).length} of ${READERS} readers came back`;
}

const parentOf = (pid) => Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

function workers(site) {
  const pool = site.processes('runnel.fcgi');
  return pool.filter((pid) => pool.includes(parentOf(pid)));
}
const master = (site) => site.processes('runnel.fcgi').find((pid) => workers(site).some((worker) => parentOf(worker) === pid));

export const workerPromises = {
  'a worker that is stopped under load loses no event of anybody': (site) => nothingIsLost(site, async () => {
    const [worker] = workers(site);
    process.kill(worker, 'SIGSTOP');
    assert.ok(await eventually(() => !workers(site).includes(worker), PATIENCE_MS), 'it was not replaced');
  }),

  'a worker that is killed under load loses no event of anybody': (site) => nothingIsLost(site, async () => {
    for (let i = 0; i < 3; i++) { process.kill(workers(site)[0], 'SIGKILL'); await sleep(500); }
  }),

  'one that is stopped for a moment goes on where it was': (site) => nothingIsLost(site, async () => {
    for (const worker of workers(site)) { process.kill(worker, 'SIGSTOP'); await sleep(400); process.kill(worker, 'SIGCONT'); }
  }),

  'all workers killed at once under load lose no event of anybody': (site) => nothingIsLost(site, async () => {
    for (const worker of workers(site)) process.kill(worker, 'SIGKILL');
    await sleep(500);
  }),

  'a master that is stopped under load loses no event, and goes on': (site) => nothingIsLost(site, async () => {
    const pid = master(site);
    process.kill(pid, 'SIGSTOP');
    await sleep(500);
    process.kill(workers(site)[0], 'SIGKILL');
    await sleep(1500);
    process.kill(pid, 'SIGCONT');
  }),
};

// ---- two containers of one image on one volume: their processes have the same ids

export const canContain = asRoot && hasCommand('unshare');
const CONTAINED = ['-pf', '--kill-child', '--mount-proc'];
const AS_SERVER = ['setpriv', '--reuid', 'www-data', '--regid', 'www-data', '--clear-groups'];
const STREAMS = [30, 20], CGI_STREAMS = 3;

const container = (site, name) => ['unshare', [...CONTAINED, ...AS_SERVER, 'env', `RUNNEL_STORE=${site.store}`, `RUNNEL_CONFIG=${site.config}`,
  `${site.dir}/bin/runnel.fcgi`, '--workers', '2', '--listen', `${site.dir}/run/${name}.sock`, '--mode', '0666']];

const location = (name) => `location /${name}/ { include /etc/nginx/fastcgi_params; fastcgi_split_path_info "^(/${name})(/.*)$";
  fastcgi_param SCRIPT_NAME $fastcgi_script_name; fastcgi_param PATH_INFO $fastcgi_path_info; fastcgi_pass unix:/run/${name}.sock; fastcgi_buffering off; }`;

export const containers = {
  name: 'two containers on one store', base: '/one',
  commands: (site) => {
    site.write('example.conf', `server { listen 127.0.0.1:80; ${['one', 'two'].map(location).join('\n').replaceAll('/run/', `${site.dir}/run/`)} }\n`);
    return [container(site, 'one'), container(site, 'two'), [commandPath('nginx'), ['-p', site.dir, '-e', site.log, '-c', site.serverConfig('nginx.conf')]]];
  },
};

function containedCgi(site) {
  const env = { ...site.env, GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: 'GET', SCRIPT_NAME: '/cgi', PATH_INFO: '/feed/both', QUERY_STRING: '', SERVER_PROTOCOL: 'HTTP/1.1', REMOTE_ADDR: '127.0.0.1' };
  const child = spawn('unshare', [...CONTAINED, ...AS_SERVER, `${site.dir}/bin/runnel.cgi`], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  child.text = '';
  child.stdout.on('data', (bytes) => { child.text += bytes; });
  return child;
}

const idInside = (pid) => /^NSpid:.*?(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
const counted = async (url) => Number(/^runnel_streams (\d+)$/m.exec((await request(`${url}/metrics`)).body)?.[1]);

export const containerPromises = {
  'processes with equal ids are counted each, and no reader is sent away': async (site) => {
    const bases = [site.url, site.url.replace(/one$/, 'two')];
    const readers = [], cgi = [];
    try {
      assert.ok(await eventually(async () => (await request(`${bases[1]}/healthz`)).status === 200, PATIENCE_MS));
      const ids = site.processes('runnel.fcgi').map(idInside);
      assert.ok(new Set(ids).size < ids.length, `no two of the processes have one id: ${ids}`);
      for (const [i, base] of bases.entries()) for (let n = 0; n < STREAMS[i]; n++) readers.push(await openStream(`${base}/feed/both`));
      for (let n = 0; n < CGI_STREAMS; n++) cgi.push(containedCgi(site));
      const total = STREAMS[0] + STREAMS[1] + CGI_STREAMS;
      for (const base of bases) assert.ok(await eventually(async () => await counted(base) === total, PATIENCE_MS), `${await counted(base)}, not ${total}`);

      await site.publish('feed/both', 'title=Post one');
      assert.ok(await eventually(() => readers.every(({ events }) => events.length === 1) && cgi.every(({ text }) => text.includes('Post one')), PATIENCE_MS));
      assert.equal(readers.filter(({ ended }) => ended).length, 0);

      for (const pid of site.processes('runnel.cgi')) process.kill(pid, 'SIGKILL');
      for (const reader of readers.splice(0, STREAMS[0])) reader.leave();
      for (const base of bases) assert.ok(await eventually(async () => await counted(base) === STREAMS[1], PATIENCE_MS), `${await counted(base)}, not ${STREAMS[1]}`);
    } finally {
      for (const reader of readers) reader.leave();
      for (const child of cgi) child.kill('SIGKILL');
      // The first process of a container hears SIGTERM itself: unshare(1) does not pass it on.
      for (const pid of site.processes('runnel.fcgi').filter((process) => idInside(process) === '1')) process.kill(pid, 'SIGTERM');
    }
  },
};
