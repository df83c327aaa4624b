// The command with a store of its own below /tmp, and what the promises ask of it.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const LIMIT_MS = 120_000;

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export function expect(condition, sentence) {
  if (!condition) throw new Error(sentence);
}

export function expectEqual(got, wanted, what) {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) throw new Error(`${what}: ${JSON.stringify(got)}, expected ${JSON.stringify(wanted)}`);
}

export class Tool {
  constructor(build) {
    this.program = join(resolve(build), 'cli', 'runnel');
    this.folder = mkdtempSync(join(tmpdir(), 'runnel-cli-'));
    this.store = join(this.folder, 'store');
    this.env = { ...process.env, RUNNEL_STORE: this.store, LC_ALL: 'C.UTF-8' };
    delete this.env.RUNNEL_CONFIG;
    mkdirSync(this.store, { mode: 0o700 });
    this.started = [];
  }

  // Runs it to its end: { code, signal, out, err }. Never throws for an exit code.
  run(args, { input = '', env = {}, encoding = 'utf8' } = {}) {
    const result = spawnSync(this.program, args, { input, encoding, env: { ...this.env, ...env }, timeout: LIMIT_MS, maxBuffer: 1 << 28 });
    return { code: result.status, signal: result.signal, out: result.stdout, err: result.stderr };
  }

  // The same, and the exit code must be 0.
  ok(args, options) {
    const result = this.run(args, options);
    expect(result.code === 0, `runnel ${args.join(' ')} ended with ${result.code ?? result.signal}: ${result.err}`);
    return result.out;
  }

  // Runs a line of shell in which $runnel is the command.
  shell(line, { input = '', env = {} } = {}) {
    const result = spawnSync('/bin/bash', ['-c', line], { input, encoding: 'utf8', env: { ...this.env, ...env, runnel: this.program }, timeout: LIMIT_MS, maxBuffer: 1 << 28 });
    return { code: result.status, signal: result.signal, out: result.stdout, err: result.stderr };
  }

  // Starts any program; the answer gathers its output and can be waited for.
  start(program, args, { env = {} } = {}) {
    const child = spawn(program, args, { env: { ...this.env, ...env, runnel: this.program } });
    const running = { child, out: '', err: '', ended: false };
    child.stdout.setEncoding('utf8').on('data', (text) => { running.out += text; });
    child.stderr.setEncoding('utf8').on('data', (text) => { running.err += text; });
    running.end = new Promise((done, fail) => {
      const late = setTimeout(() => fail(new Error(`${program} did not end: ${JSON.stringify(running.out + running.err)}`)), LIMIT_MS).unref();
      child.on('close', (code, signal) => {
        clearTimeout(late);
        running.ended = true;
        done({ code, signal, out: running.out, err: running.err });
      });
    });
    running.end.catch(() => {}); // whoever waits for it is told; a test that does not wait clears it away
    running.until = async (condition, what, limit = 10_000) => {
      for (const start = Date.now(); !condition(running); await sleep(5)) {
        if (Date.now() - start > limit) throw new Error(`${what} did not come: ${JSON.stringify(running.out + running.err)}`);
      }
    };
    this.started.push(running);
    return running;
  }

  // What a channel holds, oldest first, as `tail --json --since` prints it: [{ id, event, values… }].
  events(channel) {
    const last = this.run(['channels']).out.split('\n').map((row) => row.split('\t')).find(([name]) => name === channel);
    if (!last) return [];
    const [, count, , , id] = last;
    const epoch = id.replace(/-\d+$/, '');
    const out = this.shell(`"$runnel" tail ${channel} --json --since ${epoch}-0 | head -n ${count}`).out;
    return out.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
  }

  // The same, without ids and times.
  values(channel) {
    return this.events(channel).map(({ event, values }) => ({ event, ...values }));
  }

  lines(name) {
    return this.values(`log/${name}`).filter(({ event }) => event === 'log').map(({ line }) => line);
  }

  clear() {
    for (const { child, ended } of this.started) if (!ended) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
