// The processes that a test starts. Each leads a process group of its own and is ended by its id, also when a test
// throws or somebody presses Ctrl-C: nothing is left behind, and nothing that we did not start is touched.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, openSync, closeSync, readdirSync, readlinkSync } from 'node:fs';
import { sleep } from './time.mjs';

const STOP_MS = 15000;   // Apache gives a stream some seconds before it kills
const running = new Set();

export function start(command, args, { env = {}, logFile }) {
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log], env: { ...process.env, ...env } });
  closeSync(log);
  running.add(child);
  child.failed = null;
  child.ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(child.failed = `${command} ended with ${signal ?? code}`));
    child.once('error', (error) => resolve(child.failed = `${command}: ${error.message}`));
  });
  return child;
}

// SIGTERM, as a service manager would; after some seconds SIGKILL to all of its group.
export async function stop(child) {
  child.kill('SIGTERM');
  const inTime = await Promise.race([child.ended, sleep(STOP_MS, false, { ref: false })]);
  killGroup(child);
  await child.ended;
  running.delete(child);
  return inTime !== false;
}

function killGroup(child) {
  if (child.pid === undefined) return;
  try { process.kill(-child.pid, 'SIGKILL'); } catch { /* nobody is left in it */ }
}

// Runs a command to its end.
export function run(command, args, { env = {}, input, timeout = 20000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, timeout });
    let stdout = '', stderr = '';
    child.stdout.on('data', (bytes) => { stdout += bytes; });
    child.stderr.on('data', (bytes) => { stderr += bytes; });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code: code ?? signal, stdout, stderr }));
    child.stdin.on('error', () => { /* it ended without reading */ });
    child.stdin.end(input);
  });
}

// The ids of the processes whose program's path begins so.
export function processesRunning(path) {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try { return readlinkSync(`/proc/${pid}/exe`).startsWith(path); } catch { return false; }
  });
}

export const hasCommand = (command) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
export const commandPath = (command) => ['/usr/sbin', '/usr/bin'].map((folder) => `${folder}/${command}`).find(existsSync) ?? command;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    for (const child of running) child.kill('SIGTERM');   // the exit below waits for the polite way
    setTimeout(() => process.exit(1), 1500);
  });
}
process.on('exit', () => { for (const child of running) killGroup(child); });
