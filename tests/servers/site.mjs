// A site: one web server with runnel behind it, in a folder of its own, on a port of its own, run from the very files in
// examples/. Their paths are those of an installed runnel; here each is replaced by its twin in the site's folder.

import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { processesRunning, run, start, stop } from './processes.mjs';
import { request } from './sse.mjs';
import { eventually } from './time.mjs';

export const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));
const BASE_FILES = fileURLToPath(new URL('base/', import.meta.url));
const START_MS = 10000;
const LOG_LINES = 15;

export const asRoot = process.getuid() === 0;

// Only the folder that is the whole path differs: what the example says about it stays as it is.
const EXAMPLE_PATHS = {
  '127.0.0.1:80': (site) => `127.0.0.1:${site.port}`,
  '/run/runnel.sock': (site) => `${site.dir}/run/runnel.sock`,
  '/run/lighttpd/runnel.sock': (site) => `${site.dir}/run/runnel.sock`,
  '/run/fcgiwrap.socket': (site) => `${site.dir}/run/fcgiwrap.sock`,
  '/usr/local/bin/': (site) => `${site.dir}/bin/`,
  '/usr/lib/cgi-bin': (site) => `${site.dir}/bin`,
  '/var/lib/runnel': (site) => site.store,
  '/etc/runnel.conf': (site) => site.config,
  '/etc/nginx/runnel.htpasswd': (site) => site.passwords,
  '/etc/lighttpd/runnel.htpasswd': (site) => site.passwords,
  '/etc/apache2/runnel.htpasswd': (site) => site.passwords,
};
const ANY_EXAMPLE_PATH = new RegExp(Object.keys(EXAMPLE_PATHS).map((path) => path.replaceAll('.', '\\.')).join('|'), 'g');

// What is commented out in an example until somebody wants it: a configuration, which these sites have, and a login.
const CONFIG_LINE = /^(\s*)#(.*RUNNEL_CONFIG.*)$/gm;
const LOGIN_LINE = {
  basic: /^(\s*)#(auth_basic.*|auth\..*|server\.modules.*|\s+"\/cgi-bin\/runnel\.cgi" =>.*|Auth.*|Require .*|fastcgi_param (?:AUTH_TYPE +Basic|REMOTE_USER +\$remote_user);)$/gm,
  request: /^(\s*)#(auth_request.*|fastcgi_param (?:AUTH_TYPE +Site|REMOTE_USER +\$site_user);)$/gm,
};

// Two users; the password of both is "secret".
const PASSWORDS = ['alice@example.org', 'bob'].map((user) => `${user}:$apr1$runnelab$4RizLxGNDEMhyKdK/DiIR0\n`).join('');

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => { const { port } = probe.address(); probe.close(() => resolve(port)); });
  });
}

export class Site {
  #processes = [];
  #logRead = 0;
  #removeAtExit;

  // server: a row of servers.mjs.  build: the folder with the programs.  config: the text of runnel.conf.
  static async open(server, build, config) {
    const site = new Site();
    site.dir = mkdtempSync(join(tmpdir(), 'runnel-'));
    site.#removeAtExit = () => rmSync(site.dir, { recursive: true, force: true });
    process.once('exit', site.#removeAtExit);
    site.store = join(site.dir, 'store');
    site.config = join(site.dir, 'runnel.conf');
    site.passwords = join(site.dir, 'htpasswd');
    site.login = server.login;
    site.answersWhenReady = server.answersWhenReady ?? (server.login ? [401] : [200]);
    site.log = join(site.dir, 'server.log');
    site.env = { RUNNEL_STORE: site.store, RUNNEL_CONFIG: site.config, PATH: `${site.dir}/bin:${process.env.PATH}` };
    try {
      site.port = await freePort();
      site.url = `http://127.0.0.1:${site.port}${server.base}`;
      site.#layOut(build, config);
      await site.#makeStore();
      for (const command of server.commands(site)) site.#processes.push(start(...command, { logFile: site.log }));
      await site.#ready();
    } catch (error) {
      error.message += `\n${site.newLog()}`;
      await site.close();
      throw error;
    }
    return site;
  }

  // The web server's user must reach the programs, wherever the source tree is: hence the copies.
  #layOut(build, config) {
    chmodSync(this.dir, 0o755);
    for (const folder of ['bin', 'htdocs', 'run']) mkdirSync(join(this.dir, folder));
    chmodSync(join(this.dir, 'run'), 0o1777);
    for (const program of ['fcgi/runnel.fcgi', 'cgi/runnel.cgi', 'cli/runnel']) {
      const copy = join(this.dir, 'bin', program.split('/')[1]);
      copyFileSync(join(build, program), copy);
      chmodSync(copy, 0o755);
    }
    writeFileSync(this.config, config);
    writeFileSync(this.passwords, PASSWORDS);
  }

  async #makeStore() {
    const group = asRoot ? ['--group', 'www-data'] : [];
    const made = await this.runnel('init', this.store, ...group);
    if (made.code !== 0) throw new Error(`runnel init: exit ${made.code}: ${made.stderr}`);
  }

  async #ready() {
    const healthy = async () => {
      const dead = this.#processes.find((child) => child.failed);
      if (dead) throw new Error(dead.failed);
      return request(`${this.url}/healthz`, { timeout: 1000 }).then((answer) => this.answersWhenReady.includes(answer.status), () => false);
    };
    if (!await eventually(healthy, START_MS)) throw new Error(`${this.url}/healthz is not 200 within ${START_MS} ms`);
  }

  // Puts an example into the site's folder and answers where.
  example(name, as = name) {
    let text = readFileSync(join(EXAMPLES, name), 'utf8').replace(CONFIG_LINE, '$1$2');
    if (this.login) text = text.replace(LOGIN_LINE[this.login], '$1$2').replace('Require all granted\n', '\n');
    return this.write(as, text);
  }

  // Writes a text with the paths of an example.
  write(name, text) { return this.#write(name, text.replace(ANY_EXAMPLE_PATH, (path) => EXAMPLE_PATHS[path](this))); }

  // Changes a file that was written before.
  edit(name, change) { this.#write(name, change(readFileSync(join(this.dir, name), 'utf8'))); }

  // The server's main configuration, which includes the example.
  serverConfig(base, example) {
    if (example) this.example(example, 'example.conf');
    const text = readFileSync(join(BASE_FILES, base), 'utf8').replaceAll('@dir@', this.dir).replaceAll('@port@', this.port);
    return this.#write('server.conf', text);
  }

  #write(name, text) {
    const file = join(this.dir, name);
    writeFileSync(file, text);
    return file;
  }

  // The headers that log a user in.
  as(user) {
    if (this.login === 'request') return { cookie: `user=${encodeURIComponent(user)}` };
    return { authorization: `Basic ${Buffer.from(`${user}:secret`).toString('base64')}` };
  }

  runnel(...args) { return run(join(this.dir, 'bin', 'runnel'), args, { env: this.env }); }

  // Publishes by the command; a refusal is an error here.
  async publish(channel, ...args) {
    const published = await this.runnel('publish', channel, ...args);
    if (published.code !== 0) throw new Error(`runnel publish: exit ${published.code}: ${published.stderr}`);
  }

  post(channel, type, body) {
    return request(`${this.url}/${channel}`, { method: 'POST', headers: { 'content-type': type, 'content-length': Buffer.byteLength(body) }, body });
  }

  // The ids of the processes that run a program of this site's: all of them, or those of one.
  processes(program = '') { return processesRunning(`${this.dir}/bin/${program}`); }

  // What the server has logged since the last time that somebody asked.
  newLog() {
    const log = existsSync(this.log) ? readFileSync(this.log, 'utf8') : '';
    const fresh = log.slice(this.#logRead).split('\n').slice(-LOG_LINES).join('\n');
    this.#logRead = log.length;
    return fresh;
  }

  // Ends all of it. Answers what did not end by itself, as a list of sentences.
  async close() {
    const late = [];
    for (const child of this.#processes.reverse()) if (!await stop(child)) late.push(`${child.spawnfile} took too long to stop`);
    this.#processes = [];
    if (!await eventually(() => this.processes().length === 0, 3000)) {
      for (const pid of this.processes()) { late.push(`process ${pid} was left behind`); process.kill(pid, 'SIGKILL'); }
    }
    process.off('exit', this.#removeAtExit);
    this.#removeAtExit();
    return late;
  }
}
