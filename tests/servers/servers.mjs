// The web servers that the scenarios run on: a row each.
//
//   base       where runnel is mounted                     commands(site)  what to start, in this order
//   perStream  each open stream is a process of its own    atOnce          it tells at once that a client has left;
//   eatsAccel  it keeps X-Accel-Buffering to itself                        the others find out at the next write
//   crowds     5,000 readers at once are for it          cutsChunked    it answers 400 itself where a chunked body is refused early

import { commandPath } from './processes.mjs';

export const pool = (site) => ['sh', [site.example('spawn-fcgi.sh')]];
const nginx = (site, example) => [commandPath('nginx'), ['-p', site.dir, '-e', site.log, '-c', site.serverConfig('nginx.conf', example)]];
const lighttpd = (site) => [commandPath('lighttpd'), ['-D', '-f', site.serverConfig('lighttpd.conf', 'lighttpd.conf')]];
const apache = (site, example) => [commandPath('apache2'), ['-D', 'FOREGROUND', '-f', site.serverConfig('apache.conf', example)]];

// Debian starts fcgiwrap from its own unit with FCGI_CHILDREN; a child serves one stream.
const fcgiwrap = (site) => ['spawn-fcgi', ['-n', '-s', `${site.dir}/run/fcgiwrap.sock`, '-M', '0660', '-u', 'www-data', '-g', 'www-data',
  '--', commandPath('fcgiwrap'), '-f', '-c', '10']];

export const servers = [
  {
    name: 'nginx with spawn-fcgi', base: '/sse', atOnce: true, eatsAccel: true, crowds: true,
    commands: (site) => [pool(site), nginx(site, 'nginx.conf')],
  },
  {
    name: 'lighttpd FastCGI', base: '/sse', atOnce: true,
    commands: (site) => [lighttpd(site)],
  },
  {
    name: 'lighttpd CGI', base: '/cgi-bin/runnel.cgi', atOnce: true, perStream: true,
    commands: (site) => [lighttpd(site)],
  },
  {
    name: 'Apache mod_proxy_fcgi', base: '/sse',
    commands: (site) => [pool(site), apache(site, 'apache-proxy_fcgi.conf')],
  },
  {
    name: 'Apache mod_fcgid', base: '/sse',
    commands: (site) => [apache(site, 'apache-fcgid.conf')],
  },
  {
    name: 'Apache mod_cgid', base: '/cgi-bin/runnel.cgi', perStream: true,
    commands: (site) => [apache(site, 'apache-cgid.conf')],
  },
  {
    name: 'nginx with fcgiwrap', base: '/cgi-bin/runnel.cgi', eatsAccel: true, perStream: true,
    commands: (site) => [fcgiwrap(site), nginx(site, 'nginx-fcgiwrap.conf')],
  },
];
