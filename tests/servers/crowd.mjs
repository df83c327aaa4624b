// Very many readers behind a real web server: they are cut off all at once, and come back all at once.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net from 'node:net';

import { eventually } from './time.mjs';

const READERS = 5000;
const PATIENCE_MS = 60000;

// One reader, as little of it as there can be: 5,000 of them are in one process.
class Reader {
  constructor(port, path) {
    this.head = '';
    this.socket = net.connect(port, '127.0.0.1', () => {
      this.socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n`);
    });
    this.socket.on('data', (bytes) => { if (!this.open) this.#read(bytes); });
    this.socket.on('error', (error) => { this.trouble = error.message; });
    this.closed = new Promise((done) => this.socket.once('close', done));
  }

  #read(bytes) {
    this.head += bytes;
    this.status ??= /^HTTP\/1.1 (\d+)/.exec(this.head)?.[1];
    this.open = this.status === '200' && this.head.includes('\r\n\r\n');
    if (this.open) this.head = '';
  }
}

const connectAll = (site, path) => Array.from({ length: READERS }, () => new Reader(site.port, path));

async function allAreOpen(readers) {
  await eventually(() => readers.every(({ open, trouble, status }) => open || trouble || (status && status !== '200')), PATIENCE_MS);
  const other = readers.filter(({ open }) => !open).map(({ status, trouble }) => status ?? trouble ?? 'no answer');
  assert.deepEqual([...new Set(other)], [], `${other.length} of ${READERS} readers were told`);
}

const parentOf = (pid) => Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

export const crowdPromises = {
  'a storm of 5,000 readers that come back at once ends with every one connected, and none told 502': async (site) => {
    const path = `${new URL(site.url).pathname}/feed`;
    const before = connectAll(site, path);
    let after = [];
    try {
      await allAreOpen(before);
      const pool = site.processes('runnel.fcgi');
      for (const worker of pool.filter((pid) => pool.includes(parentOf(pid)))) process.kill(worker, 'SIGKILL');
      await Promise.all(before.map(({ closed }) => closed));
      after = connectAll(site, path);
      await allAreOpen(after);
    } finally {
      for (const { socket } of [...before, ...after]) socket.destroy();
    }
  },
};
