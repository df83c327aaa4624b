// make bench: runnel behind nginx with one worker, against nchan in the same nginx, and against a floor.
// Environment: RUNS, ONLY, BUFFER, CHANNELS, EVENTS; see RESULTS.md.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { alternate, build, fileLimit, folder, load, measure, middle, pauses, run, runs, start, stop, stopAll, until } from './bench.mjs';
import { bufferSize, cpu, fan, nchan, serve, streams, url, webWorkersFor } from './nginx.mjs';
import { comparePeers } from './peers.mjs';
import { atLeast, atMost, compare, failed, figure, report } from './table.mjs';

const ofNchan = (value) => nchan ? value : 'not installed';
const both = (result) => result?.cpu_us_nginx + result?.cpu_us_runnel;
const most = (count) => Math.min(count, fileLimit - 200); // streams that `load` and one worker of runnel can hold
const grouped = (n) => n.toLocaleString('en');

async function sideBySide(...args) {
  const results = await alternate({ ...(nchan && { nchan: () => fan('nchan', ...args) }), runnel: () => fan('runnel', ...args) });
  return (key) => [middle(results.nchan ?? [], key), middle(results.runnel, key)];
}

async function bursts() {
  const by = await sideBySide('--readers', 1000, '--events', 1000, '--seconds', 240);
  const [theirs, ours] = by('per_second');
  compare('1,000 readers × 1,000 events of 200 B as fast as answered: deliveries/s', ofNchan(theirs?.per_second), ours?.per_second, atLeast(4));
  compare('the same: CPU µs per delivery, nginx and runnel', ofNchan(both(theirs)), both(ours), atMost(0.45));
  figure('the same: runnel alone', ours?.cpu_us_runnel);
  compare('the same: delivery p50, ms', ofNchan(theirs?.p50_ms), ours?.p50_ms);
  compare('the same: delivery p99, ms', ofNchan(theirs?.p99_ms), ours?.p99_ms);
}

async function steady() {
  const by = await sideBySide('--readers', 1000, '--events', 100, '--rate', 20);
  const [theirs, ours] = by('cpu_us_nginx');
  compare('1,000 readers, 20 events/s: CPU µs per delivery, together', ofNchan(both(theirs)), both(ours), atMost(1.8));
  figure('the same: runnel alone', ours?.cpu_us_runnel, atMost(4, '4 µs'));
  compare('the same: runnel alone against all of nchan (4 µs on a machine where that takes 11.8)', ofNchan(both(theirs)), ours?.cpu_us_runnel, atMost(0.34));
  compare('the same: delivery p50, ms', ofNchan(theirs?.p50_ms), ours?.p50_ms);
  compare('the same: delivery p99, ms', ofNchan(theirs?.p99_ms), ours?.p99_ms);
}

async function memory() {
  const readers = most(5000);
  await serve();
  const theirs = nchan ? await fan('nchan', '--readers', readers, '--idle') : null;
  const oursWith = async (buffer) => {
    await serve({ buffer });
    return fan('runnel', '--readers', readers, '--idle');
  };
  const small = await oursWith('2k'), usual = await oursWith(bufferSize);
  const together = (result) => result?.bytes_nginx + result?.bytes_runnel;
  figure('idle stream: bytes in the worker', small?.bytes_runnel, atMost(512));
  figure("idle stream: bytes, nginx (fastcgi_buffer_size 2k) and worker; nchan's beside it", together(small), atMost(15 * 1024, '15 KB'), ofNchan(theirs?.bytes_nginx));
  figure(`the same with fastcgi_buffer_size ${bufferSize}, which bursts want`, together(usual), undefined, ofNchan(theirs?.bytes_nginx));
}

// All in one worker of runnel; the other side is a thousand streams behind the same nginx, with as many events at the
// same rate. One event in two seconds: each delivery is a write of its own on both sides, and heartbeats have the same share.
async function large() {
  const count = most(20000), webWorkers = webWorkersFor(count), where = `${grouped(count)} streams in one worker, nginx with ${webWorkers}`;
  const fansOf = async (readers, times) => {
    await serve({ webWorkers });
    const of = (...args) => () => fan('runnel', '--readers', readers, '--seconds', 300, ...args);
    const results = await alternate({ slow: of('--events', 12, '--rate', 0.5), burst: of('--events', 50) }, times);
    return (name) => middle(results[name], 'cpu_us_runnel')?.cpu_us_runnel;
  };
  const few = await fansOf(1000, runs), many = await fansOf(count, 1);
  compare(`${where}, 0.5 events/s: runnel's CPU µs per delivery against 1,000 streams there`, few('slow'), many('slow'), atMost(1.3));
  compare('the same, 50 events as fast as answered', few('burst'), many('burst'), atMost(1.3));
}

async function publishing() {
  await serve();
  const post = (path) => () => load('publish', '--pub', url + path, '--events', 20000, '--connections', 64);
  const results = await alternate({ floor: post('/ok'), runnel: post('/sse/log/publish'), ...(nchan && { nchan: post('/nchan/pub/publish') }) });
  const of = (name, key) => middle(results[name] ?? [], key)?.[key];
  compare('publish over HTTP, 64 connections, against a program that answers "ok": events/s',
    of('floor', 'per_second'), of('runnel', 'per_second'), atLeast(0.7));
  compare('the same: p99, ms', of('floor', 'p99_ms'), of('runnel', 'p99_ms'));
  compare('the same against nchan (in memory): events/s', ofNchan(of('nchan', 'per_second')), of('runnel', 'per_second'));
}

async function slowReaders() {
  await serve();
  const args = ['--readers', 1000, '--events', 300, '--rate', 100];
  const results = await alternate({ without: () => fan('runnel', ...args), with: () => fan('runnel', ...args, '--stopped', 50) });
  compare('50 stopped among 1,000: p99 of the others, ms, against none stopped',
    middle(results.without, 'p99_ms')?.p99_ms, middle(results.with, 'p99_ms')?.p99_ms, atMost(1.2));
}

// Readers that stay while something else is measured.
async function hold(path, count) {
  const before = await streams();
  const held = start(join(build, 'tests/bench/load'),
    ['fan', '--sub', url + path, '--readers', String(count), '--channels', String(count), '--seconds', '300', '--idle', '--hold', '3600'],
    { stdio: ['ignore', 'inherit', 'inherit'] }); // it says how many came, or why not
  await until(async () => held.exitCode !== null || await streams() >= before + count, 300, 'the streams did not open in time');
  if (held.exitCode !== null) throw new Error('the streams did not open');
  return held;
}

// Publishing to a channel with one reader: where there is no other, and among very many. Heartbeats go with the time,
// not with publishing: here they are an hour apart, or a slow machine would count thousands as the cost of each publish.
async function channels() {
  const count = Number(process.env.CHANNELS ?? 100000), open = most(count), webWorkers = webWorkersFor(open);
  const publish = (path, ...args) => load('publish', '--pub', url + path, '--connections', 8, '--events', 10000, '--seconds', 300, ...args, ...cpu());
  const toOne = async (path) => (await alternate({ one: () => publish(path) })).one;
  const heartbeat = 3600;
  const toOneAlone = async () => {
    await serve({ webWorkers, store: 'one-channel', heartbeat });
    const alone = await hold('/sse/log/m0', 1), results = await toOne('/sse/log/m0');
    await stop(alone);
    return results;
  };
  const before = await toOneAlone();
  await serve({ webWorkers, store: 'channels', heartbeat });
  await load('publish', '--pub', `${url}/sse/log/m%d`, '--channels', count, '--events', count, '--connections', 64, '--seconds', 1800);
  const crowd = await hold('/sse/log/m%d', open);
  const many = middle(await toOne('/sse/log/m7'), 'cpu_us_runnel');
  const each = await publish('/sse/log/m%d', '--channels', open);
  await stop(crowd);
  const one = middle([...before, ...await toOneAlone()], 'cpu_us_runnel'); // before and after: the machine changes meanwhile
  const where = `${grouped(count)} channels, ${grouped(open)} of them with a reader, nginx with ${webWorkers}`;
  compare(`${where}: runnel's CPU µs for a publish to one of them, against a store with that one only`, one?.cpu_us_runnel, many?.cpu_us_runnel, atMost(1.3));
  compare('the same, published to each with a reader in turn', one?.cpu_us_runnel, each?.cpu_us_runnel);
}

async function latency() {
  await serve();
  const idle = await fan('runnel', '--readers', 1, '--events', 200, '--rate', 50);
  figure('publish to first byte at an idle reader, p50 ms', idle?.p50_ms, atMost(1));
}

// Every channel has a thousand events in both, and a stream starts with twenty: only how many channels there are differs.
async function store() {
  const sizes = { few: 10000, many: Number(process.env.EVENTS ?? 10000000) }, channelsOf = (events) => Math.ceil(events / 1000);
  for (const [name, events] of Object.entries(sizes)) {
    mkdirSync(join(folder, name));
    console.log(`filling a store with ${grouped(events)} events …`);
    const filled = await run(join(build, 'tests/bench/fill'), [join(folder, name), String(events), String(channelsOf(events))], { seconds: 7200 });
    if (filled.status !== 0) throw new Error(`fill: ${filled.late ? 'it did not end in time' : filled.stderr}`);
  }
  const open = (name) => async () => {
    await serve({ store: name });
    return load('start', '--sub', `${url}/sse/feed/m%d`, '--channels', channelsOf(sizes[name]), '--events', 300);
  };
  const results = await alternate({ few: open('few'), many: open('many') });
  await serve();
  for (const name of Object.keys(sizes)) rmSync(join(folder, name), { recursive: true });
  compare(`opening a stream in a store with ${grouped(sizes.many)} events, p50 ms, against ${grouped(sizes.few)}`,
    middle(results.few, 'p50_ms')?.p50_ms, middle(results.many, 'p50_ms')?.p50_ms, atMost(1.5));
}

try {
  await serve();
  const complete = await measure({ bursts, steady, memory, large, publishing, slowReaders, channels, latency, peers: comparePeers, store }, failed);
  report('Behind nginx', complete, `RUNS=${runs}, BUFFER=${bufferSize}, one worker each unless it says more, at most ${grouped(fileLimit)} open files a process`, pauses);
} finally {
  await stopAll();
}
