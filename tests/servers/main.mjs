// tests/servers/run BUILD [SERVER [PROMISE]]: keeps every promise of scenarios.mjs on every web server of servers.mjs,
// then checks the publishing examples, all with the programs of the build folder. A part of a server's name, and of a
// promise, limits the run to those.

import { resolve } from 'node:path';

import { crowdPromises } from './crowd.mjs';
import { publishingExamples } from './examples.mjs';
import { Report } from './report.mjs';
import { defaultConfig, defaultSite, openConfig, openSite } from './scenarios.mjs';
import { servers } from './servers.mjs';
import { Site } from './site.mjs';

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

for (const server of servers.filter(({ name }) => name.includes(serverPart))) {
  await keepPromises(server, openConfig, openSite);
  await keepPromises(server, defaultConfig, defaultSite(server));
  if (server.crowds) await keepPromises(server, openConfig, crowdPromises);
}
const lighttpd = servers.find(({ name }) => name === 'lighttpd FastCGI');
if ('examples'.includes(serverPart)) await keepPromises({ ...lighttpd, name: 'examples' }, openConfig, publishingExamples);

report.finish();
