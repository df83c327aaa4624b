// Pictures of the pages for people to look at: three widths, light and dark.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { sleep } from '../servers/time.mjs';

const WIDTHS = [360, 768, 1280];
const SCHEMES = ['light', 'dark'];

export async function takeScreenshots(browser, demo, folder) {
  await mkdir(folder, { recursive: true });
  const [{ url, base }] = demo.ways;
  for (const [name, path] of [['demo', '/'], ['status', `${base}/`]]) {
    for (const width of WIDTHS) {
      for (const colorScheme of SCHEMES) {
        const page = await browser.openPage(new URL(path, url).href, { colorScheme, viewport: { width, height: 900 } });
        if (path === '/') await fill(page, demo);
        await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true });
        await page.close();
      }
    }
  }
}

// The job runs, and there is one notification of each level.
async function fill(page, demo) {
  await page.getByRole('button').first().click();
  await sleep(1000);
  for (const level of ['info', 'success', 'warning', 'error']) {
    await demo.publish('notifications', { title: `A notification: ${level}`, body: 'What it is about.', level });
  }
  await sleep(1000);
}
