// What every benchmark here shares: a folder, servers that end with the script, the load generator.

import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const build = process.cwd();
export const runs = Number(process.env.RUNS ?? 3);
export const folder = mkdtempSync(join(tmpdir(), 'runnel-bench-'));
chmodSync(folder, 0o755);

// Descriptors that one process may have. node has raised its own soft limit to it, and all that it starts inherit that.
const hardLimit = readFileSync('/proc/self/limits', 'utf8').match(/^Max open files\s+\S+\s+(\S+)/m)[1];
export const fileLimit = hardLimit === 'unlimited' ? 1 << 20 : Number(hardLimit);

// ---- processes

const children = new Set();
let stopping;

export function start(command, args, options = {}) {
  if (stopping) throw new Error('stopping');
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'], ...options });
  child.ended = new Promise((done) => {
    child.once('exit', done);
    child.once('error', (error) => {
      console.error(`${command}: ${error.message}`);
      done();
    });
  });
  children.add(child);
  child.ended.then(() => children.delete(child));
  return child;
}

// A server that does not stop by itself takes its workers with it.
export async function stop(child) {
  if (!child?.pid || !children.has(child)) return;
  const workers = childrenOf(child.pid);
  child.kill('SIGTERM');
  const killer = setTimeout(() => {
    for (const pid of [...workers, child.pid]) try { process.kill(pid, 'SIGKILL'); } catch { /* it has ended */ }
  }, 10000);
  await child.ended;
  clearTimeout(killer);
}

async function stopEach() {
  await Promise.all([...children].map(stop));
  rmSync(folder, { recursive: true, force: true });
}

export const stopAll = () => stopping ??= stopEach();

for (const [signal, code] of [['SIGHUP', 129], ['SIGINT', 130], ['SIGTERM', 143]])
  process.once(signal, async () => {
    await stopAll();
    process.exit(code);
  });

// Runs a program to its end, at most so long. Not spawnSync(): a signal is to stop it at once.
export async function run(command, args, { seconds = 60, ...options } = {}) {
  const child = start(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name]?.setEncoding('utf8').on('data', (text) => output[name] += text);
  const closed = new Promise((done) => child.once('close', done));
  const killer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
  await child.ended;
  if (child.pid) await closed;
  clearTimeout(killer);
  return { ...output, status: child.exitCode, late: child.signalCode === 'SIGKILL' };
}

// ---- servers

export const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

export async function until(what, seconds = 20, missing = 'a server did not start in time') {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50)) if (await what()) return;
  throw new Error(missing);
}

export const answers = (url) => () => fetch(url).then((answer) => answer.status < 500, () => false);

export function childrenOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

// What would be free if it ended; NaN when it has.
export function privateKb(pid) {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const kb = (name) => Number(rollup.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))[1]);
    return kb('Private_Dirty') + kb('Private_Clean');
  } catch {
    return NaN;
  }
}

export const file = (name, text) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

export const has = (path) => existsSync(path);

// ---- the load

// For how much of a measurement the machine stood still: each one's share (running.h).
export const pauses = [];

// Runs the load generator; null when the run lost, doubled or misordered anything: no result.
export async function load(...args) {
  const seconds = args.includes('--seconds') ? Number(args[args.indexOf('--seconds') + 1]) : 60;
  const ended = await run(join(build, 'tests/bench/load'), args.map(String), { seconds: seconds + 30 });
  let result;
  try {
    result = JSON.parse(ended.stdout);
  } catch { /* it says why in words */ }
  if (result) pauses.push(result.paused);
  if (result && ended.status === 0) return result;
  if (!stopping) console.error(`no result: load ${args.join(' ')}\n  ${ended.late ? 'it did not end in time' : `${ended.stdout}${ended.stderr}`.trim()}`);
  return null;
}

// The middle of several runs by one figure: these machines are noisy.
export function middle(results, key) {
  const sorted = results.filter(Boolean).sort((a, b) => a[key] - b[key]);
  return sorted.length ? sorted[sorted.length >> 1] : null;
}

// Each of { name: how } in turn, several times: what else the machine does meets them all. The results of each.
export async function alternate(work, times = runs) {
  const results = Object.fromEntries(Object.keys(work).map((name) => [name, []]));
  for (let i = 0; i < times; i++)
    for (const [name, how] of Object.entries(work)) results[name].push(await how());
  return results;
}

// Runs the parts, or those that ONLY names; true when these were all. One that fails does not stop the others.
export async function measure(parts, failed) {
  const only = process.env.ONLY?.split(',');
  for (const name of only ?? []) if (!(name in parts)) console.error(`ONLY: there is no part "${name}" in ${Object.keys(parts).join(' ')}`);
  for (const [name, part] of Object.entries(parts)) {
    if (stopping || (only && !only.includes(name))) continue;
    try {
      await part();
    } catch (error) {
      if (stopping) break;
      console.error(`${name}: ${error.stack}`);
      failed(name);
    }
  }
  return !stopping && !only;
}

export { sleep };
