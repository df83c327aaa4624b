// What every benchmark here shares: folders, servers, the load generator, a table.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const build = process.cwd();
export const folder = mkdtempSync(join(tmpdir(), 'runnel-bench-'));
chmodSync(folder, 0o755);

const children = [];

export function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'], ...options });
  children.push(child);
  return child;
}

export async function stop(child) {
  if (child.exitCode !== null || child.signalCode) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), 8000);
  await ended;
  clearTimeout(killer);
}

export async function stopAll() {
  for (const child of children.reverse()) await stop(child);
  rmSync(folder, { recursive: true, force: true });
}

export const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

export async function until(what, seconds = 10) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50)) if (await what()) return;
  throw new Error('a server did not start in time');
}

export const answers = (url) => () => fetch(url).then((answer) => answer.status < 500, () => false);

export const childrenOf = (pid) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).join(',');

export const file = (name, text) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

export const has = (path) => existsSync(path);

// Runs the load generator; null when the run lost, doubled or misordered anything: no result.
export function load(...args) {
  const run = spawnSync(join(build, 'tests/bench/load'), args.map(String), { encoding: 'utf8', maxBuffer: 1 << 20 });
  let result;
  try {
    result = JSON.parse(run.stdout);
  } catch {
    console.error(`load ${args.join(' ')}: ${run.stderr || run.error}`);
    return null;
  }
  if (run.status !== 0) {
    console.error(`no result: load ${args.join(' ')}\n  ${run.stdout.trim()}`);
    return null;
  }
  return result;
}

// The middle of several runs by one figure: these machines are noisy.
export function middle(runs, key) {
  const sorted = runs.filter(Boolean).sort((a, b) => a[key] - b[key]);
  return sorted.length ? sorted[sorted.length >> 1] : null;
}

const rows = [];
const show = (value) => value === null || value === undefined || Number.isNaN(value) ? '–'
  : typeof value === 'string' ? value
  : value >= 1000 ? `${(value / 1000).toFixed(value >= 100000 ? 0 : 1)} k`
  : value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

// `good` judges the ratio (or, without one, the figure).
export function row(work, against, runnel, ratio, goal, good) {
  const judged = ratio ?? runnel;
  const verdict = judged === null || judged === undefined || Number.isNaN(judged) ? 'no result' : good(judged) ? 'yes' : 'NO';
  rows.push([work, show(against), show(runnel), ratio === null ? '' : `${show(ratio)} ×`, goal, verdict]);
  console.log(rows.at(-1).join(' | '));
}

export function table() {
  const head = ['work', 'against', 'runnel', 'ratio', 'goal', 'reached'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export function report(title, notes = []) {
  const kernel = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
  const cpu = cpus();
  const text = [`## ${title}`, '', `${new Date().toISOString().slice(0, 10)}, ${cpu.length} × ${cpu[0].model.trim()}, Linux ${kernel}. One run, side by side.`,
    '', table(), '', ...notes.map((note) => `- ${note}`), ''].join('\n');
  console.log(`\n${text}`);
  return text;
}

export { sleep };
