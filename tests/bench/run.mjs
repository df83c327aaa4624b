// make bench: runnel behind nginx with one worker, against nchan in the same nginx, and against a floor.

import { join } from 'node:path';
import { answers, build, childrenOf, file, folder, freePort, has, load, middle, report, row, sleep, start, stop, stopAll, until } from './bench.mjs';

const nchanModule = '/usr/lib/nginx/modules/ngx_nchan_module.so';
const runs = Number(process.env.RUNS ?? 3);
const port = await freePort();
const url = `http://127.0.0.1:${port}`;

const nginxConf = file('nginx.conf', `
${has(nchanModule) ? `load_module ${nchanModule};` : ''}
${process.getuid() === 0 ? 'user root;' : ''}
worker_processes 1; worker_rlimit_nofile 500000; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;
events { worker_connections 220000; }
http {
  access_log off; client_body_temp_path ${folder}/body; fastcgi_temp_path ${folder}/fastcgi; proxy_temp_path ${folder}/p;
  uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s; keepalive_requests 100000000;
  server {
    listen 127.0.0.1:${port} backlog=8192;
    location /sse {
      fastcgi_pass unix:${folder}/runnel.sock; include /etc/nginx/fastcgi_params;
      fastcgi_split_path_info ^(/sse)(.*)$; fastcgi_param SCRIPT_NAME /sse; fastcgi_param PATH_INFO $fastcgi_path_info;
      fastcgi_buffer_size ${process.env.BUFFER ?? '16k'}; fastcgi_buffers 4 16k; fastcgi_busy_buffers_size 32k; fastcgi_read_timeout 1h;
    }
    location /ok { fastcgi_pass unix:${folder}/ok.sock; include /etc/nginx/fastcgi_params; }
    ${has(nchanModule) ? `
    location ~ ^/nchan/sub/(.*)$ { nchan_subscriber eventsource; nchan_channel_id $1; nchan_subscriber_first_message newest; }
    location ~ ^/nchan/pub/(.*)$ { nchan_publisher; nchan_channel_id $1; nchan_message_buffer_length 100000; nchan_message_timeout 10m; }` : ''}
  }
}`);
const config = file('runnel.conf', `[access]\npublish = open\n[kind "log"]\nkeep = 100000\nstart = 0\n`);
const env = { ...process.env, RUNNEL_STORE: join(folder, 'store'), RUNNEL_CONFIG: config };

let nginx, pool, ok, pids;

async function startServers(workers = 1) {
  start('mkdir', ['-p', env.RUNNEL_STORE]);
  await sleep(100);
  pool = start(join(build, 'fcgi/runnel.fcgi'), ['--workers', String(workers), '--listen', join(folder, 'runnel.sock'), '--mode', '0666'], { env });
  ok ??= start('spawn-fcgi', ['-n', '-s', join(folder, 'ok.sock'), '-M', '0666', '-b', '4096', '--', join(build, 'tests/bench/ok_fcgi')]);
  nginx = start('nginx', ['-c', nginxConf]);
  await until(answers(`${url}/sse/healthz`));
  pids = { nginx: childrenOf(nginx.pid), runnel: childrenOf(pool.pid) };
}

async function restart(workers = 1) {
  await stop(nginx);
  await stop(pool);
  await startServers(workers);
}

const cpu = ['--cpu', () => `nginx=${pids.nginx}`, '--cpu', () => `runnel=${pids.runnel}`];
const fan = (server, channel, ...args) => {
  const [sub, pub] = server === 'nchan' ? [`/nchan/sub/${channel}`, `/nchan/pub/${channel}`] : [`/sse/log/${channel}`, `/sse/log/${channel}`];
  return load('fan', '--sub', url + sub, '--pub', url + pub, ...cpu.map((x) => typeof x === 'function' ? x() : x), ...args);
};
const both = (run) => run ? run.cpu_us_nginx + run.cpu_us_runnel : NaN;
let turn = 0;
const channel = () => `c${turn++}`;

// Each server in turn, several times; the middle one of each.
function sideBySide(key, ...args) {
  const results = { nchan: [], runnel: [] };
  for (let i = 0; i < runs; i++)
    for (const server of has(nchanModule) ? ['nchan', 'runnel'] : ['runnel']) results[server].push(fan(server, channel(), ...args));
  return [middle(results.nchan, key), middle(results.runnel, key)];
}

async function bursts() {
  const [nchan, runnel] = sideBySide('per_second', '--readers', 1000, '--events', 1000);
  row('1,000 readers × 1,000 events of 200 B as fast as answered: deliveries/s', nchan?.per_second, runnel?.per_second, runnel?.per_second / nchan?.per_second, '≥ 4', (x) => x >= 4);
  row('the same: CPU µs per delivery, nginx and runnel', both(nchan), both(runnel), both(runnel) / both(nchan), '≤ 0.45', (x) => x <= 0.45);
  row('the same: runnel alone', null, runnel?.cpu_us_runnel, null, '', () => true);
  row('the same: delivery p99, ms', nchan?.p99_ms, runnel?.p99_ms, runnel?.p99_ms / nchan?.p99_ms, '', () => true);
}

async function steady() {
  const [nchan, runnel] = sideBySide('cpu_us_nginx', '--readers', 1000, '--events', 100, '--rate', 20);
  row('1,000 readers, 20 events/s: CPU µs per delivery, together', both(nchan), both(runnel), both(runnel) / both(nchan), '≤ 1.8', (x) => x <= 1.8);
  row('the same: runnel alone', null, runnel?.cpu_us_runnel, null, '≤ 4 µs', (x) => x <= 4);
  row('the same: delivery p50, ms', nchan?.p50_ms, runnel?.p50_ms, runnel?.p50_ms / nchan?.p50_ms, '', () => true);
}

async function memory() {
  await restart();
  const nchan = has(nchanModule) ? fan('nchan', channel(), '--readers', 5000, '--idle') : null;
  await restart();
  const runnel = fan('runnel', channel(), '--readers', 5000, '--idle');
  row('idle stream: bytes in the worker', null, runnel?.bytes_runnel, null, '≤ 512', (x) => x <= 512);
  row('idle stream: bytes, nginx and worker', nchan?.bytes_nginx, runnel ? runnel.bytes_nginx + runnel.bytes_runnel : NaN, null, '≤ 15 KB', (x) => x <= 15 * 1024);
}

async function large() {
  const few = middle(Array.from({ length: runs }, () => fan('runnel', channel(), '--readers', 1000, '--events', 200)), 'cpu_us_runnel');
  await restart();
  const many = fan('runnel', channel(), '--readers', 20000, '--events', 30, '--seconds', 120);
  row('20,000 streams in one worker: runnel µs per delivery against 1,000', few?.cpu_us_runnel, many?.cpu_us_runnel, many?.cpu_us_runnel / few?.cpu_us_runnel, '≤ 1.3', (x) => x <= 1.3);
}

async function publishing() {
  await restart();
  const post = (path) => middle(Array.from({ length: runs }, () => load('publish', '--pub', url + path, '--events', 20000, '--connections', 64)), 'per_second');
  const floor = post('/ok'), runnel = post('/sse/log/publish'), nchan = has(nchanModule) ? post('/nchan/pub/publish') : null;
  row('publish over HTTP, 64 connections, against a program that answers "ok": events/s', floor?.per_second, runnel?.per_second, runnel?.per_second / floor?.per_second, '≥ 0.7', (x) => x >= 0.7);
  row('the same against nchan (in memory)', nchan?.per_second, runnel?.per_second, runnel?.per_second / nchan?.per_second, '', () => true);
}

async function slowReaders() {
  await restart();
  const args = ['--readers', 1000, '--events', 300, '--rate', 100];
  const results = { with: [], without: [] };
  for (let i = 0; i < runs; i++) {
    results.without.push(fan('runnel', channel(), ...args));
    results.with.push(fan('runnel', channel(), ...args, '--stopped', 50));
  }
  const [without, withStopped] = [middle(results.without, 'p99_ms'), middle(results.with, 'p99_ms')];
  row('50 stopped among 1,000: p99 of the others, ms, against none stopped', without?.p99_ms, withStopped?.p99_ms, withStopped?.p99_ms / without?.p99_ms, '≤ 1.2', (x) => x <= 1.2);
}

async function channels() {
  const count = Number(process.env.CHANNELS ?? 20000);
  await restart();
  const one = load('publish', '--pub', `${url}/sse/log/one`, '--events', 10000, '--connections', 8, ...cpu.map((x) => typeof x === 'function' ? x() : x));
  const held = start(join(build, 'tests/bench/load'), ['fan', '--sub', `${url}/sse/log/m%d`, '--readers', String(count), '--channels', String(count), '--idle', '--hold', '20'], { stdio: 'ignore' });
  await until(async () => Number((await (await fetch(`${url}/sse/metrics`)).text()).match(/^runnel_streams (\d+)/m)[1]) >= count, 120);
  const many = load('publish', '--pub', `${url}/sse/log/m7`, '--events', 10000, '--connections', 8, ...cpu.map((x) => typeof x === 'function' ? x() : x));
  await stop(held);
  row(`${count} channels, one reader each: CPU µs of a publish against one channel`, one?.cpu_us_runnel, many?.cpu_us_runnel, many?.cpu_us_runnel / one?.cpu_us_runnel, '≤ 1.3', (x) => x <= 1.3);
}

async function latency() {
  await restart();
  const idle = fan('runnel', channel(), '--readers', 1, '--events', 200, '--rate', 50);
  row('publish to first byte at an idle reader, p50 ms', null, idle?.p50_ms, null, '≤ 1', (x) => x <= 1);
}

const parts = { bursts, steady, memory, large, publishing, slowReaders, channels, latency };
try {
  await startServers();
  for (const [name, part] of Object.entries(parts))
    if (!process.env.ONLY || process.env.ONLY.split(',').includes(name)) await part();
  report('Behind nginx');
} finally {
  await stopAll();
}
