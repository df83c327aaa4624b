// The demo, started as a user starts it, and the runnel command on its store.

import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { closeSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { processesRunning, run } from '../servers/processes.mjs';
import { eventually } from '../servers/time.mjs';

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '../../demo');
const START_MS = 300000;   // it may have to build
const STOP_MS = 20000;

export class Demo {
  #build;
  #folder;   // its TMPDIR: all it leaves behind would be here
  #child;
  #ended = null;   // how, in words

  constructor(build) { this.#build = build; }

  // makeConfiguration(folder): writes a runnel.conf for the pool there, and tells where.
  async start(makeConfiguration) {
    this.#folder = await mkdtemp(join(tmpdir(), 'runnel-browser.'));
    this.port = await freePort();
    const env = { PORT: String(this.port), TMPDIR: this.#folder, RUNNEL_CONFIG: await makeConfiguration(this.#folder) };
    this.#spawn(env);
    const up = await eventually(async () => this.#ended || (await this.log()).includes('http://'), START_MS);
    if (!up || this.#ended) throw new Error(`${this.#ended ?? 'too slow'}\n${await this.log()}`);
    const [folder] = (await readdir(this.#folder)).filter((name) => name.startsWith('runnel-demo.'));
    this.store = join(this.#folder, folder, 'store');
  }

  // However this test ends, the demo ends itself in its own time: killed, it would leave its web server behind.
  #spawn(env) {
    const log = openSync(join(this.#folder, 'log'), 'a');
    this.#child = spawn(PROGRAM, [], { detached: true, stdio: ['ignore', log, log], env: { ...process.env, ...env } });
    closeSync(log);
    this.#child.once('exit', (code, signal) => { this.#ended = `it ended with ${signal ?? code}`; });
    this.#child.once('error', (error) => { this.#ended = error.message; });
    process.once('exit', () => {
      if (!this.#ended) this.#child.kill('SIGTERM');
      rmSync(this.#folder, { recursive: true, force: true });
    });
  }

  // The same page, by two host names: one of them has only six connections.
  get ways() {
    return [
      { name: 'FastCGI', url: `http://127.0.0.1:${this.port}/`, base: '/sse', program: 'fcgi/runnel.fcgi' },
      { name: 'CGI', url: `http://localhost:${this.port}/cgi.html`, base: '/cgi-bin/runnel.cgi', program: 'cgi/runnel.cgi' },
    ];
  }

  log() { return readFile(join(this.#folder, 'log'), 'utf8'); }

  async runnel(...args) {
    const { code, stderr } = await run(join(this.#build, 'cli/runnel'), args, { env: { RUNNEL_STORE: this.store } });
    if (code !== 0) throw new Error(`runnel ${args.join(' ')} ended with ${code}: ${stderr}`);
  }

  publish(channel, values) {
    return this.runnel('publish', channel, ...Object.entries(values).map(([key, value]) => `${key}=${value}`));
  }

  // Kills what serves the open streams of one way, as a crash would: of a pool the workers, not their master.
  killStreams({ program }) {
    const ours = processesRunning(join(this.#build, program)).filter((pid) => this.#isOurs(pid));
    const workers = ours.filter((pid) => program.endsWith('.cgi') || ours.includes(parentOf(pid)));
    for (const pid of workers) process.kill(pid, 'SIGKILL');
    return workers.length;
  }

  #isOurs(pid) {
    try { return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(this.#folder); } catch { return false; }
  }

  async stop() {
    this.#child.kill('SIGTERM');
    const inTime = await eventually(() => this.#ended !== null, STOP_MS);
    const late = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number)
      .filter((pid) => pid !== process.pid && this.#isOurs(pid))
      .map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' '));
    const left = (await readdir(this.#folder)).filter((name) => name.startsWith('runnel-demo.'));
    const log = await this.log();
    await rm(this.#folder, { recursive: true });
    if (!inTime) throw new Error(`it did not end in time\n${log}`);
    if (late.length || left.length) throw new Error(`left: ${[...late, ...left].join(', ')}`);
  }
}

// The field after the command's name, which may itself hold anything, is the state; then comes the parent.
function parentOf(pid) {
  return Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1).split(' ')[1]);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
