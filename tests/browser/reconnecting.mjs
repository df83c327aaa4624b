// What comes back after a lost stream: nothing twice, nothing missing, with runnel.js and with htmx alone, and where a proxy takes
// the Last-Event-ID header out. And pages that are none of ours.

import assert from 'node:assert/strict';

import { eventually, sleep } from '../servers/time.mjs';

const unique = (word) => `${word} ${Math.random().toString(36).slice(2)}`;
const posts = (page, title) => page.locator('.runnel-post', { hasText: title });

// A page of a site's own, at the address of the demo, with these scripts of ours and this body.
async function ownPage(browser, { url, base }, scripts, body, handle = async () => {}) {
  const page = await browser.openPage('about:blank');
  const html = `<!doctype html><meta charset="utf-8"><meta name="htmx-config" content='{"includeIndicatorStyles":false}'>
${scripts.map((name) => `<script defer src="${base}/assets/${name}"></script>`).join('')}<body>${body}`;
  await page.route('**/own.html', (route) => route.fulfill({ contentType: 'text/html', body: html }));
  await handle(page);
  await page.goto(new URL('/own.html', url).href);
  return page;
}

const component = (base, channel) => `<div hx-get="${base}/components/${channel}" hx-trigger="load"></div>`;
const TWO = ['htmx.min.js', 'sse.js'];
const ALL = [...TWO, 'runnel.js'];

const isStream = (to) => /\/(feed|notifications|stream)$/.test(to.pathname);

// One 502 after the stream was cut, as during a deploy.
async function lose(page, demo, way, publish) {
  await page.route(isStream, (route) => route.fulfill({ status: 502, body: 'Bad Gateway' }), { times: 1 });
  assert.ok(demo.killStreams(way) > 0, 'nothing to kill');
  await publish();
}

async function until(what, holds) {
  assert.ok(await eventually(holds, 40000), `not within 40 s: ${what}`);
}

async function exactlyOnce(page, titles) {
  for (const title of titles) assert.ok(await eventually(async () => await posts(page, title).count() > 0, 40000), `${title} is missing`);
  await sleep(700);
  for (const title of titles) assert.equal(await posts(page, title).count(), 1, title);
  const shown = (await page.locator('.runnel-post .runnel-title').allTextContents()).map((text) => text.trim());
  assert.deepEqual(shown.slice(0, titles.length), [...titles].reverse());
}

async function survives(scripts, { demo, way, browser }, format = '') {
  const page = await ownPage(browser, way, scripts, component(way.base, `feed${format}`));
  await page.locator('section.runnel').first().waitFor();
  const titles = ['one', 'two', 'three'].map(unique);
  await sleep(700);
  for (const title of titles.slice(0, 2)) {
    await demo.publish('feed', { title });
    await posts(page, title).waitFor();
  }
  await lose(page, demo, way, () => demo.publish('feed', { title: titles[2] }));
  await exactlyOnce(page, titles);
  await page.close();
}

// Two logs of a site's own, on one stream: htmx finds them by their ids.
const logOf = (name) => `<div id="runnel-log__${name}" role="log"></div><div id="runnel-log__${name}-end"></div>`;

async function showsTheCurrentRun(scripts, { demo, way, browser }) {
  const [name, other] = [unique('run'), unique('other')].map((text) => text.replace(/\W/g, ''));
  const say = (line) => demo.publish(`log/${name}`, { line });
  const fail = (text) => demo.runnel('publish', `log/${name}`, '--event', 'failed', '--text', text);
  const url = `${way.base}/stream?format=oob&channel=log/${name}&channel=log/${other}`;
  let answer;
  const page = await ownPage(browser, way, scripts,
    `<main hx-ext="sse" sse-connect="${url}" sse-swap="message" hx-swap="none">${logOf(name)}${logOf(other)}</main>`,
    async (page) => { answer = page.waitForResponse((response) => response.url().includes(`log/${name}`)); });
  await answer;
  for (const run of ['first', 'second']) {
    await demo.publish(`log/${other}`, { line: `beside the ${run}` });
    for (const part of ['begins', 'goes on']) await say(`${run} ${part}`);
    await page.getByText(`${run} goes on`).waitFor();
    assert.equal(await page.getByText(`${run} begins`).count(), 1);
    assert.equal(await page.getByRole('alert').count(), 0);
    await fail(`${run} failed`);
    await page.getByRole('alert').getByText(`${run} failed`).waitFor();
    assert.equal(await page.getByText('first').count(), run === 'first' ? 4 : 1);
  }
  await fail('and nothing else');
  await page.getByRole('alert').getByText('and nothing else').waitFor();
  assert.equal(await page.locator(`#runnel-log__${name} *`).count(), 0);
  assert.equal(await page.getByText('beside the').count(), 2);
  await page.close();
}

export const promisesOfReconnecting = {
  'with runnel.js, a page shows the current run alone': (given) => showsTheCurrentRun(ALL, given),
  'with htmx alone, a page shows the current run alone': (given) => showsTheCurrentRun(TWO, given),
  'with htmx 4, a page shows the current run alone': (given) => showsTheCurrentRun(['htmx4.min.js', 'hx-sse4.js'], given),

  async 'a run that began while the stream was lost is shown alone'({ demo, way, browser }) {
    const name = unique('lost').replace(/\W/g, '');
    const page = await ownPage(browser, way, ALL, component(way.base, `log/${name}`));
    await until('its stream', () => page.streams.length === 1);
    await sleep(700);
    await demo.publish(`log/${name}`, { line: 'first line' });
    await page.getByText('first line').waitFor();
    await page.route(/\/log\//, (route) => route.abort(), { times: 1 });
    demo.killStreams(way);
    await demo.runnel('publish', `log/${name}`, '--event', 'failed', '--text', 'first failed');
    for (const line of ['second begins', 'second goes on']) await demo.publish(`log/${name}`, { line });
    await page.getByText('second goes on').waitFor({ timeout: 30000 });
    assert.equal(await page.getByText('second begins').count(), 1);
    assert.equal(await page.getByText('first').count(), 0);
    assert.equal(await page.getByRole('alert').count(), 0);
    await page.close();
  },

  'with htmx alone, a 502 doubles no post': (given) => survives(TWO, given),
  'with htmx alone and out-of-band swaps, a 502 doubles no post': (given) => survives(TWO, given, '?format=oob'),
  'with runnel.js, a 502 doubles no post': (given) => survives(ALL, given),
  'with htmx 4, a 502 doubles no post': (given) => survives(['htmx4.min.js', 'hx-sse4.js'], given, '?format=oob'),

  async 'without the Last-Event-ID header nothing comes twice and nothing is lost'({ demo, way, browser }) {
    const page = await ownPage(browser, way, ALL, component(way.base, 'feed'), async (page) => {
      await page.route(isStream, (route) => {
        const { 'last-event-id': _, ...headers } = route.request().headers();
        return route.continue({ headers });
      });
      // the elements' ids are no help: it is the cursor that counts
      await page.addInitScript(() => new MutationObserver(() => {
        for (const post of document.querySelectorAll('.runnel-post[id]')) post.removeAttribute('id');
      }).observe(document, { childList: true, subtree: true }));
    });
    await page.locator('section.runnel').first().waitFor();
    await sleep(700);
    const titles = ['one', 'two', 'three'].map(unique);
    for (const title of titles.slice(0, 2)) {
      await demo.publish('feed', { title });
      await posts(page, title).waitFor();
    }
    demo.killStreams(way);
    await demo.publish('feed', { title: titles[2] });
    await exactlyOnce(page, titles);
    assert.match(page.streams.at(-1), /last-event-id=/);
    await page.close();
  },

  async 'two components of one channel both show every post'({ demo, way, browser }) {
    const page = await ownPage(browser, way, ALL, component(way.base, 'feed') + component(way.base, 'feed'));
    await page.locator('section.runnel').nth(1).waitFor();
    await sleep(1000);
    const titles = ['one', 'two'].map(unique);
    for (const title of titles) await demo.publish('feed', { title });
    for (const title of titles) assert.ok(await eventually(async () => await posts(page, title).count() === 2, 20000), `${title}: ${await posts(page, title).count()}`);
    await page.close();
  },

  async 'names of elements do not stop runnel.js'({ demo, way, browser }) {
    const names = ['runnel', 'hidden', 'baseURI', 'visibilityState'];   // others stop htmx itself
    const clobbered = names.map((name) => `<img name="${name}" id="${name}" alt=""><form name="${name}"></form>`).join('');
    const form = `<form style="padding: 1em">${['closest', 'matches', 'contains'].map((name) => `<input name="${name}">`).join('')}</form>`;
    // htmx itself must find its own names: those of ours come when it has begun
    const page = await ownPage(browser, way, TWO, component(way.base, 'notifications'));
    await page.locator('.runnel-notifications').waitFor();
    await page.evaluate(async ([html, src]) => {
      document.body.insertAdjacentHTML('beforeend', html);
      const script = Document.prototype.createElement.call(document, 'script');
      script.src = src;
      await new Promise((resolve) => { script.onload = resolve; document.body.append(script); });
    }, [form + clobbered + '<div id="runnel"></div>', `${way.base}/assets/runnel.js`]);
    const title = unique('Hello');
    await demo.publish('notifications', { title });
    const notification = page.locator('.runnel-notification', { hasText: title });
    await notification.waitFor();
    await page.evaluate(() => EventTarget.prototype.dispatchEvent.call(document.forms[0], new MouseEvent('click', { bubbles: true })));
    await notification.getByRole('button', { name: `Dismiss: ${title}` }).click();
    assert.equal(await notification.count(), 0);
    assert.deepEqual(page.complaints.filter((text) => /runnel\.js|TypeError/.test(text)), []);
    await page.close();
  },

  async 'close ends a stream without sse-close, and no client comes back for it'({ demo, way, browser }) {
    const name = `once-${way.name}-${Date.now()}`;
    await demo.runnel('progress', name, '10');
    const page = await ownPage(browser, way, ALL, `<div hx-ext="sse" sse-connect="${way.base}/progress/${name}"><p sse-swap="progress,complete"></p></div>`);
    const plain = await ownPage(browser, way, [], '', (page) => page.addInitScript(([url]) => { window.source = new EventSource(url); }, [`${way.base}/progress/${name}`]));
    for (const each of [page, plain]) assert.ok(await eventually(() => each.streams.length === 1, 20000), 'no stream');
    await sleep(500);
    await demo.runnel('done', name);
    await sleep(6000);   // a browser would be back after one to three seconds
    for (const each of [page, plain]) assert.equal(each.streams.length, 1);
    await page.close();
    await plain.close();
  },

  async 'the note that a list is empty goes with its first event'({ demo, way, browser }) {
    for (const scripts of [TWO, ALL]) {
      const name = `feed/${unique('new').replace(' ', '-')}`;
      const page = await ownPage(browser, way, scripts, component(way.base, name));
      await page.getByText('No posts yet.').waitFor();
      await sleep(700);
      for (const title of ['one', 'two']) await demo.publish(name, { title });
      await posts(page, 'two').waitFor();
      assert.equal(await page.locator('.runnel-empty').count(), 0, scripts.join(' '));
      assert.equal(await page.locator('.runnel-post').count(), 2, scripts.join(' '));
      await page.close();
    }
  },

  async 'what is not so is not in the page'({ demo, way }) {
    const text = async (path) => (await fetch(new URL(way.base + path, way.url))).text();
    const shown = (html) => html.replace(/<[^>]*>/g, ' ');
    await demo.publish('feed', { title: 'There is one' });
    for (const channel of ['feed', 'notifications', 'progress/none', 'log/none']) assert.doesNotMatch(shown(await text(`/components/${channel}`)), /Reconnecting|✕/, channel);
    assert.doesNotMatch(shown(await text('/components/feed')), /No posts yet/);
    assert.match(shown(await text('/components/feed/none')), /No posts yet/);
  },

  async 'a text that turns round leaves the rest of its card alone'({ demo, way, browser }) {
    const turned = unique('Turned');
    await demo.publish('feed', { title: `${turned} \u202e`, body: 'first\nsecond \u202e', author: 'Ann \u202e\u2067 \u05d0\u05d1' });
    const page = await browser.openPage(new URL(`${way.base}/components/feed`, way.url).href);
    const card = posts(page, turned);
    await card.waitFor();
    // The time is drawn left to right, and after the author.
    const order = await card.evaluate((element) => {
      const text = element.querySelector('time').firstChild;
      const left = (at) => { const range = document.createRange(); range.setStart(text, at); range.setEnd(text, at + 1); return range.getBoundingClientRect().left; };
      return { first: left(0), second: left(1), author: element.querySelector('bdi').getBoundingClientRect().left };
    });
    assert.ok(order.first < order.second && order.author < order.first, JSON.stringify(order));
    assert.equal(await card.locator('.runnel-body br').count(), 1);
    await page.close();
  },
};
