// tests/servers/run BUILD [SERVER [PROMISE]]: keeps every promise of scenarios.mjs on every web server of servers.mjs,
// then checks the publishing examples, all with the programs of the build folder. A part of a server's name, and of a
// promise, limits the run to those.

import { resolve } from 'node:path';

import {
  accessPromises, basePromises, doubled, doubledPromises, loginConfig, loginPromises, naive, siteLoginPromises, unsplitPromises, whoami,
} from './access.mjs';
import { crowdPromises } from './crowd.mjs';
import { isSlowServer, keepers, keptPromises, slowPromises } from './connections.mjs';
import { publishingExamples } from './examples.mjs';
import { Report } from './report.mjs';
import { defaultConfig, defaultSite, openConfig, openSite } from './scenarios.mjs';
import { pool, servers } from './servers.mjs';
import { Site } from './site.mjs';
import { canContain, containerPromises, containers, workerPromises } from './workers.mjs';

// What somebody has set for a runnel of their own is not for the tests.
for (const name of Object.keys(process.env)) if (name.startsWith('RUNNEL_')) delete process.env[name];

const [build = '.', serverPart = '', promisePart = ''] = process.argv.slice(2);
const report = new Report();

async function keepPromises(server, config, promises) {
  let site;
  const opened = await report.check(`${server.name}: starts from its example`, async () => {
    site = await Site.open(server, resolve(build), config(server));
  });
  if (!opened) return;
  try {
    for (const [promise, keep] of Object.entries(promises)) {
      if (!promise.includes(promisePart)) continue;
      site.newLog();
      await report.check(`${server.name}: ${promise}`, () => keep(site, server), () => site.newLog());
    }
  } finally {
    const late = await site.close();
    await report.check(`${server.name}: nothing is left running`, () => { if (late.length) throw new Error(late.join('\n')); });
  }
}

// nginx asks a location of the site's about each request: here, a small server of our own.
async function withSiteLogin() {
  const asked = await whoami();
  const nginx = servers.find(({ name }) => name === 'nginx with spawn-fcgi');
  const commands = (site) => {
    const started = nginx.commands(site);
    site.edit('example.conf', (text) => text.replace(/\}\s*$/, `location = /whoami { internal; proxy_pass http://127.0.0.1:${asked.address().port}/; }\n}\n`));
    return started;
  };
  await keepPromises({ ...nginx, name: 'nginx with the login of the site', login: 'request', commands }, loginConfig, { ...loginPromises, ...siteLoginPromises });
  asked.close();
}

for (const server of servers.filter(({ name }) => name.includes(serverPart))) {
  await keepPromises(server, openConfig, { ...openSite, ...accessPromises });
  await keepPromises({ ...server, name: `${server.name} with a login`, login: 'basic' }, loginConfig, loginPromises);
  await keepPromises(server, defaultConfig, defaultSite(server));
  if (server.crowds) await keepPromises(server, openConfig, crowdPromises);
  if (isSlowServer(server)) await keepPromises({ ...server, name: `${server.name}, slow clients` }, openConfig, slowPromises);
}
for (const server of keepers.filter(({ name }) => name.includes(serverPart))) await keepPromises(server, openConfig, { ...openSite, ...keptPromises });

const workers = { ...servers.find(({ name }) => name === 'nginx with spawn-fcgi'), name: 'nginx, workers that die' };
if (workers.name.includes(serverPart)) await keepPromises(workers, openConfig, workerPromises);
if (containers.name.includes(serverPart)) {
  if (canContain) await keepPromises(containers, openConfig, containerPromises);
  else console.log(`skipped: ${containers.name}: needs root and unshare(1)`);
}

if ('nginx with the login of the site'.includes(serverPart)) await withSiteLogin();
for (const { name, command } of naive.filter(({ name }) => name.includes(serverPart))) {
  const server = { base: '/sse', commands: (site) => [pool(site), command(site)] };
  await keepPromises({ ...server, name, answersWhenReady: [500] }, openConfig, unsplitPromises);
  await keepPromises({ ...server, name: `${name} and [site] base` }, (row) => `${openConfig(row)}[site]\nbase = /sse\n`, basePromises);
}
if ('nginx with two users'.includes(serverPart)) {
  await keepPromises({ name: 'nginx with two users', base: '/sse', commands: (site) => [pool(site), doubled(site)] }, openConfig, doubledPromises);
}

const lighttpd = servers.find(({ name }) => name === 'lighttpd FastCGI');
if ('examples'.includes(serverPart)) await keepPromises({ ...lighttpd, name: 'examples' }, openConfig, publishingExamples);

report.finish();
