// Chromium as somebody has it, from Debian, with what a test wants to know of each page: the streams it asked for and
// everything it complained about. A breach of the Content-Security-Policy is a complaint too.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = join(dirname(fileURLToPath(import.meta.url)), '../..');
const ARGUMENTS = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', ...(process.getuid() === 0 ? ['--no-sandbox'] : [])];

// npm puts playwright-core where the build is.
function playwright(build) {
  const home = [build, SOURCE].find((folder) => existsSync(join(folder, 'node_modules/playwright-core')));
  if (!home) throw new Error(`playwright-core is neither in ${build} nor in ${SOURCE}: run npm ci`);
  return createRequire(join(home, 'node_modules/'))('playwright-core');
}

export async function openBrowser(build) {
  const chromium = await playwright(build).chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGUMENTS });
  return {
    close: () => chromium.close(),
    async openPage(url, options = {}) {
      const context = await chromium.newContext(options);
      const page = watched(await context.newPage());
      page.once('close', () => context.close());
      await page.goto(url);
      return page;
    },
  };
}

function watched(page) {
  page.complaints = [];
  page.streams = [];   // the URL of each stream it asked for
  page.setDefaultTimeout(60000);   // machines are paused, for seconds at a time
  page.on('request', (request) => { if (request.resourceType() === 'eventsource') page.streams.push(request.url()); });
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') page.complaints.push(`${message.text()} ${message.location().url}`);
  });
  return page;
}
