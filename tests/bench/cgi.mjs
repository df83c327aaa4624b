// make bench-cgi: the plain CGI program behind lighttpd, against a bare C program that says hello.
// Environment: RUNS, ONLY; see RESULTS.md.

import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { alternate, answers, build, childrenOf, file, folder, freePort, load, measure, middle, pauses, privateKb, run, runs, sleep, start, stop, stopAll, until } from './bench.mjs';
import { atMost, compare, failed, figure, report } from './table.mjs';

const port = await freePort();
const url = `http://127.0.0.1:${port}/cgi-bin`;
const bin = join(folder, 'cgi-bin'), store = join(folder, 'store');
mkdirSync(bin);
mkdirSync(store);
for (const [from, to] of [['cgi/runnel.cgi', 'runnel.cgi'], ['tests/bench/hello_cgi', 'hello.cgi']]) {
  copyFileSync(join(build, from), join(bin, to));
  chmodSync(join(bin, to), 0o755);
}
const env = { ...process.env, RUNNEL_STORE: store, RUNNEL_CONFIG: file('runnel.conf', '[access]\npublish = open\n') };
const cgi = { ...env, GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: 'GET' };

const conf = file('lighttpd.conf', `
server.modules = ( "mod_setenv", "mod_cgi", "mod_alias" )
server.document-root = "${folder}"
server.bind = "127.0.0.1"
server.port = ${port}
server.max-fds = 8192
server.max-connections = 4000
server.max-keep-alive-idle = 60
server.stream-response-body = 2
setenv.set-environment = ( "RUNNEL_STORE" => "${env.RUNNEL_STORE}", "RUNNEL_CONFIG" => "${env.RUNNEL_CONFIG}" )
alias.url = ( "/cgi-bin/" => "${bin}/" )
$HTTP["url"] =~ "^/cgi-bin/" { cgi.assign = ( "" => "" )  cgi.limits = ( "tcp-fin-propagate" => "SIGTERM" ) }
`);

// Started straight from here, many times in a row: no web server's share in it. The middle one of all.
async function runTime(name, path, times = 300) {
  const script = `
    const { spawnSync } = require('node:child_process'), took = [];
    for (let i = 0; i < ${times}; i++) {
      const before = process.hrtime.bigint();
      spawnSync(process.argv[1], [], { env: process.env, stdio: 'ignore' });
      took.push(Number(process.hrtime.bigint() - before) / 1e6);
    }
    console.log(took.sort((a, b) => a - b)[${times >> 1}]);`;
  const ended = await run(process.execPath, ['-e', script, join(bin, name)], { env: { ...cgi, PATH_INFO: path } });
  return ended.status === 0 ? { ms: Number(ended.stdout) } : null;
}

async function wholeRuns() {
  const results = await alternate({ hello: () => runTime('hello.cgi', ''), health: () => runTime('runnel.cgi', '/healthz') });
  compare('a whole run of the program, ms: /healthz against hello', middle(results.hello, 'ms')?.ms, middle(results.health, 'ms')?.ms);
}

async function starts() {
  const time = (path) => () => load('start', '--sub', `${url}/${path}`, '--events', 200);
  const results = await alternate({ hello: time('hello.cgi'), stream: time('runnel.cgi/feed') });
  compare('start to first frame through lighttpd, p50 ms, against a bare C hello',
    middle(results.hello, 'p50_ms')?.p50_ms, middle(results.stream, 'p50_ms')?.p50_ms, atMost(3));
}

async function memoryOfOne() {
  const child = start(join(bin, 'runnel.cgi'), [], { env: { ...cgi, PATH_INFO: '/feed' }, stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.resume();
  await sleep(500);
  const kb = privateKb(child.pid);
  await stop(child);
  figure('private memory of one open stream, alone, KB', kb);
}

async function memoryAmongMany() {
  const held = start(join(build, 'tests/bench/load'), ['fan', '--sub', `${url}/runnel.cgi/feed`, '--readers', '100', '--idle', '--hold', '600'], { stdio: 'ignore' });
  await until(() => childrenOf(server.pid).length >= 100, 60, 'a hundred streams did not open in time');
  await sleep(2000);
  const all = childrenOf(server.pid).map(privateKb);
  await stop(held);
  figure('private memory of one open stream among a hundred, KB', all.reduce((sum, kb) => sum + kb, 0) / all.length, atMost(512));
}

async function many() {
  const result = await load('fan', '--sub', `${url}/runnel.cgi/feed`, '--pub', `${url}/runnel.cgi/feed`, '--readers', 500, '--events', 20, '--rate', 1, '--seconds', 180);
  figure('500 streams of one user: delivery p99 ms after the publish began', result?.p99_ms, atMost(100));
}

async function latency() {
  const idle = await load('fan', '--sub', `${url}/runnel.cgi/log/x`, '--pub', `${url}/runnel.cgi/log/x`, '--readers', 1, '--events', 100, '--rate', 20);
  const hello = await load('start', '--sub', `${url}/hello.cgi`, '--events', 100);
  figure('publish (by CGI) to first byte at an idle reader, p50 ms; a bare hello takes as long as on the left', idle?.p50_ms, atMost(2), hello?.p50_ms);
}

let server;
try {
  server = start('lighttpd', ['-D', '-f', conf], { env });
  await until(answers(`${url}/hello.cgi`));
  const complete = await measure({ wholeRuns, starts, memoryOfOne, memoryAmongMany, many, latency }, failed);
  report('Plain CGI behind lighttpd', complete, `RUNS=${runs}`, pauses);
} finally {
  await stopAll();
}
