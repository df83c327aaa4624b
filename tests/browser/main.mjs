// tests/browser/run BUILD [--screenshots FOLDER] [--only PART]: starts ./demo on a free port and watches its page in a
// real Chromium with the real htmx, over FastCGI and over CGI. PART of a promise's name limits the run to those.

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { Report } from '../servers/report.mjs';
import { openBrowser } from './browser.mjs';
import { Demo } from './demo.mjs';
import { makeConfiguration, nothingRuns } from './injection.mjs';
import { promisesOfTheDemo, promisesOfThePage } from './promises.mjs';
import { promisesOfReconnecting } from './reconnecting.mjs';
import { takeScreenshots } from './screenshots.mjs';

for (const name of Object.keys(process.env)) if (name.startsWith('RUNNEL_')) delete process.env[name];

const { values: { screenshots, only }, positionals: [build = 'build'] } = parseArgs({
  allowPositionals: true,
  options: { screenshots: { type: 'string' }, only: { type: 'string', default: '' } },
});
const report = new Report();
const demo = new Demo(resolve(build));
let browser;

async function keep(promises, prefix, argument) {
  for (const [promise, body] of Object.entries(promises)) {
    const name = `${prefix}: ${promise}`;
    if (name.includes(only)) await report.check(name, () => body(argument));
  }
}

try {
  const started = await report.check('demo: starts', () => demo.start(makeConfiguration));
  if (started) {
    browser = await openBrowser(resolve(build));
    for (const way of demo.ways) {
      const page = await browser.openPage(way.url);
      await keep(promisesOfThePage, way.name, { demo, way, browser, page });
      await page.close();
    }
    for (const way of demo.ways) await keep(promisesOfReconnecting, way.name, { demo, way, browser });
    await keep(promisesOfTheDemo, 'demo', { demo, browser });
    await keep({ 'no text of a publisher runs': nothingRuns }, 'demo', { demo, browser });
    if (screenshots) await takeScreenshots(browser, demo, resolve(screenshots));
  }
} finally {
  await browser?.close();
  await report.check('demo: leaves nothing behind', () => demo.stop());
}
report.finish();
