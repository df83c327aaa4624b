// make bench-cgi: the plain CGI program behind lighttpd, against a bare C program that says hello.

import { copyFileSync, chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { answers, build, childrenOf, file, folder, freePort, load, middle, report, row, sleep, start, stopAll, until } from './bench.mjs';

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

const conf = file('lighttpd.conf', `
server.modules = ( "mod_cgi", "mod_alias" )
server.document-root = "${folder}"
server.bind = "127.0.0.1"
server.port = ${port}
server.max-fds = 8192
server.max-connections = 4000
server.stream-response-body = 2
alias.url = ( "/cgi-bin/" => "${bin}/" )
$HTTP["url"] =~ "^/cgi-bin/" { cgi.assign = ( "" => "" )  cgi.limits = ( "tcp-fin-propagate" => "SIGTERM" ) }
`);

// Started straight from here, many times in a row: no web server's share in it.
function runTime(program, variables, times = 300) {
  const script = `for (let i = 0; i < ${times}; i++) require('child_process').spawnSync(process.argv[1], [], { env: process.env, stdio: ['ignore', 'ignore', 'ignore'] })`;
  const before = process.hrtime.bigint();
  spawnSync(process.execPath, ['-e', script, program], { env: { ...env, GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: 'GET', ...variables } });
  return Number(process.hrtime.bigint() - before) / 1e6 / times;
}

async function starts() {
  const time = (path) => middle([0, 1, 2].map(() => load('start', '--sub', `${url}/${path}`, '--events', 200)), 'p50_ms');
  const hello = time('hello.cgi'), stream = time('runnel.cgi/feed');
  row('start to first frame through lighttpd, p50 ms, against a bare C hello', hello?.p50_ms, stream?.p50_ms, stream?.p50_ms / hello?.p50_ms, '≤ 3', (x) => x <= 3);
}

async function memoryOfOne() {
  const child = spawn(join(bin, 'runnel.cgi'), [], { env: { ...env, GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: 'GET', PATH_INFO: '/feed' }, stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.resume();
  await sleep(500);
  const rollup = readFileSync(`/proc/${child.pid}/smaps_rollup`, 'utf8');
  const kb = (name) => Number(rollup.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))[1]);
  const one = kb('Private_Dirty') + kb('Private_Clean');
  child.kill();
  row('private memory of one open stream, alone, KB', null, one, null, '', () => true);
}

async function many() {
  const result = load('fan', '--sub', `${url}/runnel.cgi/feed`, '--pub', `${url}/runnel.cgi/feed`, '--readers', 500, '--events', 20, '--rate', 2, '--seconds', 90, '--hold', '0');
  row('500 streams of one user: delivery p99 ms after the publish began', null, result?.p99_ms, null, '≤ 100', (x) => x <= 100);
  const held = start(join(build, 'tests/bench/load'), ['fan', '--sub', `${url}/runnel.cgi/feed`, '--readers', '100', '--idle', '--hold', '4'], { stdio: 'ignore' });
  await sleep(3000);
  const pids = childrenOf(server.pid).split(',').filter(Boolean);
  let dirty = 0;
  for (const pid of pids) dirty += Number(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/^Private_Dirty:\s+(\d+)/m)[1]) + Number(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/^Private_Clean:\s+(\d+)/m)[1]);
  row('private memory of one open stream among a hundred, KB', null, dirty / pids.length, null, '≤ 512', (x) => x <= 512);
  await new Promise((done) => held.once('exit', done));
}

async function latency() {
  const idle = load('fan', '--sub', `${url}/runnel.cgi/log/x`, '--pub', `${url}/runnel.cgi/log/x`, '--readers', 1, '--events', 100, '--rate', 20);
  const hello = load('start', '--sub', `${url}/hello.cgi`, '--events', 100);
  row('publish (by CGI) to first byte at an idle reader, p50 ms; a bare hello takes as long as on the left', hello?.p50_ms, idle?.p50_ms, null, '', () => true);
}

let server;
try {
  server = start('lighttpd', ['-D', '-f', conf], { env });
  await until(answers(`${url}/hello.cgi`));
  const floor = runTime(join(bin, 'hello.cgi'), {}), health = runTime(join(bin, 'runnel.cgi'), { PATH_INFO: '/healthz' });
  row('a whole run of the program, ms: /healthz against hello', floor, health, health / floor, '', () => true);
  await starts();
  await memoryOfOne();
  await many();
  await latency();
  report('Plain CGI behind lighttpd');
} finally {
  await stopAll();
}
