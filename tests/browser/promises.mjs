// What a reader of the demo's page is promised, in the order in which one would see it.

import assert from 'node:assert/strict';

import { run } from '../servers/processes.mjs';
import { eventually, sleep } from '../servers/time.mjs';

const JOB_MS = 180000;   // it takes 15 s where nothing else runs

const bar = (page) => page.getByRole('progressbar', { name: 'demo' });
const percent = async (page) => Number(await bar(page).getAttribute('aria-valuenow'));
const posts = (page, title) => page.locator('.runnel-post', { hasText: title });
const streamsOf = (page, channel) => page.streams.filter((url) => url.includes(channel));
const unique = (word) => `${word} ${Math.random().toString(36).slice(2)}`;

async function until(what, holds, withinMs = 40000) {
  assert.ok(await eventually(holds, withinMs), `not within ${withinMs} ms: ${what}`);
}

export const promisesOfThePage = {
  async 'four components are live'({ page }) {
    await until('four components', async () => await page.locator('section.runnel').count() === 4);
    // A job that has ended, by the other page's test, needs no stream.
    const connected = await page.locator('[sse-connect]').count();
    assert.ok(connected >= 2);
    await until('their streams', () => page.streams.length === connected);
    assert.equal(await page.evaluate('htmx.version'), '2.0.11');
  },

  async 'the button starts the job, and the bar moves without a reload'({ page }) {
    await page.evaluate('window.sameDocument = true');
    await page.getByRole('button', { name: 'Pack the C headers' }).click();
    await page.getByText('Started.').waitFor();
    const seen = new Set();
    await until('five steps of the bar', async () => seen.add(await percent(page)).size >= 5, 30000);
    assert.equal(await page.evaluate('window.sameDocument'), true);
    return `${[...seen].join(' ')} %`;
  },

  async 'a second press does not start a second job'({ page }) {
    await page.getByRole('button').first().click();
    await page.getByText('The job is already running.').waitFor();
  },

  async 'a log line with markup is text'({ page }) {
    const line = page.getByRole('log').locator('.runnel-line', { hasText: '<b>' }).first();
    await line.waitFor();
    assert.match(await line.textContent(), /^\[1\/\d+\] +\d+% {2}<b>\w+\.h<\/b> {2}\d+ -> \d+ bytes$/);
    assert.equal(await page.locator('.runnel-line *').count(), 0);
  },

  async 'a notification pops up, and can be dismissed'({ page, demo }) {
    const title = unique('Hello');
    await demo.publish('notifications', { title, level: 'warning' });
    const notification = page.getByRole('status').locator('.runnel-notification', { hasText: title });
    await notification.waitFor();
    assert.equal(await notification.count(), 1);
    await notification.getByRole('button', { name: `Dismiss: ${title}` }).click();
    assert.equal(await notification.count(), 0);
  },

  async 'a reload in the middle of the job keeps its state'({ page }) {
    const before = await percent(page);
    await page.reload();
    await bar(page).waitFor();
    assert.ok(before > 0 && before < 100, `the job was at ${before} %`);
    assert.ok(await percent(page) >= before, 'the bar went back');
    const lines = await page.locator('.runnel-line[data-source=stdout]').allTextContents();
    assert.match(lines[0], /^\[1\//);
    const numbers = lines.map((line) => Number(line.match(/^\[(\d+)/)?.[1]));
    assert.deepEqual(numbers, numbers.map((_, index) => index + 1));
    await until('the bar moves on', async () => await percent(page) > before + 2);
  },

  async 'the job ends, on the bar and in the log'({ page }) {
    await page.locator('.runnel-progress [data-state=done]').waitFor({ timeout: JOB_MS });
    await page.locator('.runnel-log .runnel-end[data-state=done]').waitFor();
    assert.equal(await percent(page), 100);
    const lines = await page.locator('.runnel-line[data-source=stdout]').allTextContents();
    assert.match(lines.at(-1), /^\[(\d+)\/\1\] 100%/);
  },

  async 'no stream is opened after close'({ page }) {
    const before = page.streams.length;
    await sleep(4000);   // Chrome would retry after three seconds
    assert.equal(page.streams.length, before);
    assert.equal(streamsOf(page, 'progress/demo').length, streamsOf(page, 'log/demo').length);
  },

  async 'a feed post appears exactly once'({ page, demo }) {
    const title = unique('Post');
    await demo.publish('feed', { title, body: '<i>5 > 4</i>', url: 'https://example.org/?a=1&b=2' });
    await posts(page, title).waitFor();
    await sleep(500);
    assert.equal(await posts(page, title).count(), 1);
    assert.equal(await posts(page, title).locator('.runnel-body').textContent(), '<i>5 > 4</i>');
    assert.equal(await posts(page, title).getByRole('link').getAttribute('href'), 'https://example.org/?a=1&b=2');
    assert.equal(await page.locator('.runnel-post', { hasText: 'headers packed' }).count() >= 1, true, 'the post of the job');
  },

  async 'the console is clean, and the Content-Security-Policy was never breached'({ page }) {
    assert.deepEqual(page.complaints, []);
  },

  async 'killed streams and a while of 503 lose no post and double none'({ page, demo, way }) {
    const streams = new RegExp(`${way.base}/(feed|notifications)\\?`);
    await page.route(streams, (route) => route.fulfill({ status: 503, body: 'Service Unavailable' }));
    assert.ok(demo.killStreams(way) > 0, 'nothing to kill');
    const note = page.locator('.runnel-feed .runnel-connection');
    await note.waitFor();   // the component says that it is not live
    const titles = ['first', 'second', 'third'].map(unique);
    for (const title of titles) await demo.publish('feed', { title });
    await sleep(2000);
    assert.equal(await posts(page, titles[0]).count(), 0);
    await page.unroute(streams);
    await posts(page, titles[2]).waitFor({ timeout: 30000 });
    await sleep(500);
    for (const title of titles) assert.equal(await posts(page, title).count(), 1, title);
    assert.deepEqual((await page.locator('.runnel-post .runnel-title').allTextContents()).slice(0, 3), titles.reverse());
    await until('the component is live again', async () => !await note.isVisible());
  },

  async 'killed streams come back by themselves'({ page, demo, way }) {
    const before = await page.locator('.runnel-post').count();
    demo.killStreams(way);
    const title = unique('Meanwhile');
    await demo.publish('feed', { title });
    await posts(page, title).waitFor({ timeout: 30000 });
    await sleep(500);
    assert.equal(await page.locator('.runnel-post').count(), before + 1);
  },

  async 'a component is a page of its own, and a failure is an alert'({ browser, demo, way }) {
    const name = `import-${way.name}`;
    await demo.runnel('progress', name, '40', 'Reading <orders>');
    const page = await browser.openPage(new URL(`${way.base}/components/progress/${name}`, way.url).href);
    await page.getByRole('progressbar', { name }).and(page.locator('[aria-valuenow="40"]')).waitFor();
    await page.getByText('Reading <orders>').waitFor();
    await until('its stream', () => page.streams.length === 1);
    await demo.runnel('fail', name, 'The disk is full');
    await page.getByRole('alert').getByText('The disk is full').waitFor();
    await sleep(500);
    assert.deepEqual(page.complaints, []);
    await page.close();
  },

  async 'a page that is open at the end of a run shows the next one by itself'({ browser, demo, way }) {
    const name = `again-${way.name}`;
    const open = (kind) => browser.openPage(new URL(`${way.base}/components/${kind}/${name}`, way.url).href);
    await demo.runnel('progress', name, '40', 'First run');
    const wasLive = await open('progress');
    await until('its stream', () => wasLive.streams.length === 1);
    await demo.runnel('fail', name, 'First run failed');
    await demo.publish(`log/${name}`, { line: 'first line' });
    await demo.runnel('publish', `log/${name}`, '--event', 'failed', '--text', 'First log failed');
    const wasOver = [await open('progress'), await open('log')];
    await wasLive.getByRole('alert').getByText('First run failed').waitFor();
    await wasOver[0].getByRole('alert').getByText('First run failed').waitFor();
    await wasOver[1].getByText('first line').waitFor();
    await demo.runnel('progress', name, '10', 'Second run');
    await demo.publish(`log/${name}`, { line: 'second line' });
    for (const page of [wasLive, wasOver[0]]) {
      await page.getByText('Second run').waitFor({ timeout: 14000 });
      assert.equal(await page.getByText('First run').count(), 0);
    }
    await wasOver[1].getByText('second line').waitFor({ timeout: 14000 });
    assert.equal(await wasOver[1].getByText('first line').count(), 0);
    assert.equal(await wasOver[1].getByRole('alert').count(), 0);
    await demo.runnel('progress', name, '20', 'Second run goes on');
    for (const page of [wasLive, wasOver[0]]) await page.getByText('Second run goes on').waitFor();
    for (const page of [wasLive, ...wasOver]) {
      assert.deepEqual(page.complaints, []);
      await page.close();
    }
  },

  async 'without scripts the page still leads to its components'({ browser, way }) {
    const page = await browser.openPage(way.url, { javaScriptEnabled: false });
    await page.getByRole('link', { name: 'Log' }).click();
    await page.getByRole('log').locator('.runnel-line').first().waitFor();
    await page.close();
  },
};

export const promisesOfTheDemo = {
  async 'both pages are live side by side'({ demo, browser }) {
    const pages = await Promise.all(demo.ways.map(({ url }) => browser.openPage(url)));
    for (const page of pages) await until('its streams', () => page.streams.length >= 2);
    const title = unique('Everybody');
    await demo.publish('notifications', { title });
    for (const page of pages) await page.getByText(title).waitFor();
    for (const page of pages) await page.close();
  },

  async 'the status page lists the channels, and its components are live'({ demo, browser }) {
    const [before, after] = ['Before', 'After'].map(unique);
    for (const { url, base } of demo.ways) {
      await demo.publish('feed', { title: before });
      const page = await browser.openPage(new URL(`${base}/`, url).href);
      await page.getByRole('link', { name: 'feed', exact: true }).waitFor();
      await until('its one stream', () => page.streams.length === 1);
      await demo.publish('feed', { title: after + base });
      await posts(page, after + base).waitFor();
      assert.deepEqual(page.complaints, []);
      await page.close();
    }
  },

  async 'another site cannot press the button'({ demo }) {
    const answer = await fetch(`http://127.0.0.1:${demo.port}/start`, { method: 'POST', headers: { Origin: 'http://evil.example' } });
    assert.equal(answer.status, 403);
    assert.equal((await fetch(`http://127.0.0.1:${demo.port}/start`)).status, 405);
  },

  async 'a taken port is told plainly'({ demo }) {
    const { code, stderr } = await run(new URL('../../demo', import.meta.url).pathname, [], { env: { PORT: String(demo.port) } });
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`Port ${demo.port} is taken\\.`));
  },
};
