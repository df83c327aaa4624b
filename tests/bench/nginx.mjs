// The web server of these figures: one nginx, with runnel's pool, the floor for publishing, nchan and the peers in it.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { answers, build, childrenOf, file, fileLimit, folder, freePort, has, load, start, stop, until } from './bench.mjs';

const nchanModule = '/usr/lib/nginx/modules/ngx_nchan_module.so';
const port = await freePort();

export const nchan = has(nchanModule);
export const url = `http://127.0.0.1:${port}`;
export const bufferSize = process.env.BUFFER ?? '16k';
export const peerSocket = (name) => join(folder, `${name}.sock`);

// nginx needs two descriptors for each stream. One worker is the rule; only where the limit is too low for that
// there are more, and the kernel spreads the connections over them by a hash: so each has some to spare.
export const webWorkersFor = (streams) => streams * 2 + 200 <= fileLimit ? 1 : Math.ceil(streams * 2 / (fileLimit * 0.85));

const proxyTo = (name) => `
    location /${name}/ {
      proxy_pass http://unix:${peerSocket(name)}:/; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off; proxy_read_timeout 1h;
    }`;

const nginxConf = (workers, buffer) => file(`nginx-${workers}-${buffer}.conf`, `
${nchan ? `load_module ${nchanModule};` : ''}
${process.getuid() === 0 ? 'user root;' : ''}
worker_processes ${workers}; worker_rlimit_nofile ${fileLimit}; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;
events { worker_connections ${Math.min(fileLimit, 220000)}; }
http {
  access_log off; client_body_temp_path ${folder}/body; fastcgi_temp_path ${folder}/fastcgi; proxy_temp_path ${folder}/p;
  uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s; keepalive_requests 100000000;
  server {
    listen 127.0.0.1:${port} backlog=8192${workers > 1 ? ' reuseport' : ''};
    location /sse {
      fastcgi_pass unix:${folder}/runnel.sock; include /etc/nginx/fastcgi_params;
      fastcgi_split_path_info ^(/sse)(.*)$; fastcgi_param SCRIPT_NAME /sse; fastcgi_param PATH_INFO $fastcgi_path_info;
      fastcgi_buffer_size ${buffer}; fastcgi_buffers 4 16k; fastcgi_busy_buffers_size 32k; fastcgi_read_timeout 1h;
    }
    location /ok { fastcgi_pass unix:${folder}/ok.sock; include /etc/nginx/fastcgi_params; }
    ${['fastapi', 'better-sse'].map(proxyTo).join('')}
    ${nchan ? `
    location ~ ^/nchan/sub/(.*)$ { nchan_subscriber eventsource; nchan_channel_id $1; nchan_subscriber_first_message newest; }
    location ~ ^/nchan/pub/(.*)$ { nchan_publisher; nchan_channel_id $1; nchan_message_buffer_length 100000; nchan_message_timeout 10m; }` : ''}
  }
}`);
const runnelConf = (heartbeat) => file(`runnel-${heartbeat}.conf`,
  `[access]\npublish = open\n[stream]\nheartbeat = ${heartbeat}\n[kind "log"]\nkeep = 100000\nstart = 0\n`);

let nginx, pool, ok, pids;

// Starts the servers, or starts them again: memory is measured in fresh ones.
export async function serve({ webWorkers = 1, buffer = bufferSize, store = 'store', heartbeat = 15 } = {}) {
  await stop(nginx);
  await stop(pool);
  mkdirSync(join(folder, store), { recursive: true });
  const env = { ...process.env, RUNNEL_STORE: join(folder, store), RUNNEL_CONFIG: runnelConf(heartbeat) };
  pool = start(join(build, 'fcgi/runnel.fcgi'), ['--workers', '1', '--listen', join(folder, 'runnel.sock'), '--mode', '0666'], { env });
  ok ??= start('spawn-fcgi', ['-n', '-s', join(folder, 'ok.sock'), '-M', '0666', '-b', '4096', '--', join(build, 'tests/bench/ok_fcgi')]);
  nginx = start('nginx', ['-c', nginxConf(webWorkers, buffer)]);
  await until(() => childrenOf(nginx.pid).length >= webWorkers && childrenOf(pool.pid).length > 0);
  await until(answers(`${url}/sse/healthz`));
  pids = { nginx: childrenOf(nginx.pid), runnel: childrenOf(pool.pid) };
}

// What `load` needs to tell what nginx and others used: { name: pids }, runnel if nothing is said.
export const cpu = (others = { runnel: pids.runnel }) =>
  Object.entries({ nginx: pids.nginx, ...others }).flatMap(([name, list]) => ['--cpu', `${name}=${list}`]);

let turn = 0;

// One publisher, many readers, on a channel that nobody used before.
export function fan(server, ...args) {
  const name = `c${turn++}`;
  const [sub, pub] = server === 'nchan' ? [`/nchan/sub/${name}`, `/nchan/pub/${name}`] : [`/sse/log/${name}`, `/sse/log/${name}`];
  return load('fan', '--sub', url + sub, '--pub', url + pub, ...cpu(), ...args);
}

export const streams = async () => Number((await (await fetch(`${url}/sse/metrics`)).text()).match(/^runnel_streams (\d+)/m)[1]);
