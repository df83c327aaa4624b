// No text of a publisher ever runs: every payload in every value of every template, live and in a page that is loaded, without
// the Content-Security-Policy that would stop it. One promise; payloads.mjs is its table.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { eventually, sleep } from '../servers/time.mjs';
import { PAYLOADS } from './payloads.mjs';

const PRAGMA = '{{%AUTOESCAPE context="HTML"}}';
// Each place that a site's template may put a value into.
const CARD = `${PRAGMA}<article class="card {{class}}" id="{{id}}" title="{{title}}" data-level="{{level}}" aria-label="{{title}}">
<h3>{{title}}</h3><p>{{body:x-lines}}</p><pre>{{body:pre_escape}}</pre><textarea>{{body}}</textarea><input value='{{title}}'>
{{#url}}<a href="{{url}}">{{author}}</a> <a href='{{url}}#x'>x</a>{{/url}} <a href="/path/{{author}}">y</a> <a href="/search?q={{title}}&amp;b={{body}}">z</a>
</article>
`;
// Names that once were those of runnel's own templates, or are those of a property.
const KINDS = ['card', 'status', 'page', 'component', 'component.feed', 'progress.complete', 'own', 'constructor', '__proto__'];

export async function makeConfiguration(folder) {
  const templates = join(folder, 'templates');
  await mkdir(templates);
  for (const kind of KINDS) await writeFile(join(templates, `${kind}.tpl`), CARD);
  const kinds = KINDS.map((kind) => `[kind "${kind}"]\nstart = 1000\n`).join('');
  const file = join(folder, 'runnel.conf');
  await writeFile(file, `[access]\npublish = open\n[templates]\ndirectory = ${templates}\n${kinds}`);
  return file;
}

const SHAPES = [
  ['progress/x', (text) => ({ message: text, percent: '40' })],
  ['notifications', (text) => ({ title: text, body: text, url: text, level: text })],
  ['notifications', (text) => ({ title: text, body: text })],
  ['feed', (text) => ({ title: text, body: text, author: text, url: text })],
  ['feed', (text) => ({ title: text, body: text, author: text, TIME: text, CHANNEL: text, COMPONENTS: text, FRAGMENT: text })],
  ['log/x', (text) => ({ line: text })],
  ...KINDS.map((kind) => [kind, (text) => ({ title: text, body: text, author: text, url: text, level: text, class: text, id: text,
    COMPONENTS: text, BODY: text, FRAGMENT: text, END: text, STREAM: text })]),
];
const ENDS = [['progress/x', 'failed'], ['progress/x', 'complete'], ['log/x', 'failed'], ['log/x', 'complete']];
const CHANNELS = [...new Set(SHAPES.map(([channel]) => channel))];

async function post(url, values) {
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(values) });
  assert.ok([200, 400].includes(answer.status), `${answer.status} ${await answer.text()} for ${JSON.stringify(values)}`);
  return answer.status === 200;
}

// What is alive in a page: what ran, and what no template of ours holds.
function aliveIn() {
  const elements = [...document.querySelectorAll('main *')];
  const strange = elements.filter((element) => !/^(SECTION|H\d|DIV|P|ARTICLE|B|BDI|BR|SPAN|TIME|BUTTON|PROGRESS|A|PRE|TEXTAREA|INPUT|DL|DT|DD|TABLE|THEAD|TBODY|TR|TH|TD)$/.test(element.tagName) ||
    [...element.attributes].some(({ name }) => name.startsWith('on') || name.startsWith('hx-on') || name === 'style'));
  const links = [...document.querySelectorAll('main a')].filter(({ protocol }) => !/^(https?|mailto):$/.test(protocol));
  return [...window.ran, ...strange.map(({ outerHTML }) => outerHTML), ...links.map(({ outerHTML }) => outerHTML)];
}

async function open(browser, url, html) {
  const page = await browser.openPage('about:blank');
  await page.addInitScript(() => { window.ran = []; window.alert = (x) => window.ran.push(`it ran: ${x}`); });
  await page.route((to) => /\/components\/|\/$|\.html$/.test(to.pathname), async (route) => {
    if (html && route.request().isNavigationRequest()) return route.fulfill({ contentType: 'text/html', body: html });
    const response = await route.fetch();
    const { 'content-security-policy': _, ...headers } = response.headers();
    return route.fulfill({ response, headers });
  });
  await page.goto(url);
  return page;
}

const withHtmx4 = (base) => `<!doctype html><main>${CHANNELS.slice(0, 5).map((channel) =>
  `<div hx-get="${base}/components/${channel}?format=oob" hx-trigger="load"></div>`).join('')}</main>
<script src="${base}/assets/htmx4.min.js"></script><script src="${base}/assets/hx-sse4.js"></script>`;

export async function nothingRuns({ demo, browser }) {
  const [{ url, base }] = demo.ways;
  const at = (path) => new URL(base + path, url).href;
  let taken = 0;
  for (const [channel, values] of SHAPES) await post(at(`/${channel}`), { ...values('first'), level: 'info', url: '/' });
  const live = [];
  for (const channel of CHANNELS) {
    const page = await open(browser, at(`/components/${channel}`));
    live.push([channel, page]);
  }
  live.push(['the status page', await open(browser, at('/'))], ['htmx 4', await open(browser, new URL('/four.html', url).href, withHtmx4(base))]);
  await sleep(1000);
  for (const text of PAYLOADS) for (const [channel, values] of SHAPES) taken += await post(at(`/${channel}`), values(text));
  for (const text of PAYLOADS.slice(0, 20)) for (const [channel, event] of ENDS) taken += await post(at(`/${channel}`), { event, message: text, line: text });
  const last = 'the last one';
  for (const [channel, values] of SHAPES) await post(at(`/${channel}`), { ...values(last), level: 'info', url: '/' });
  for (const [name, page] of live) {
    if (!/x$/.test(name)) assert.ok(await eventually(() => page.evaluate((text) => document.querySelector('main').textContent.includes(text), last), 40000), `${name} is not live`);
    assert.deepEqual(await page.evaluate(aliveIn), [], name);
    await page.close();
  }
  for (const path of [...CHANNELS.map((channel) => `/components/${channel}`), '/']) {
    const page = await open(browser, at(path));
    await sleep(200);
    assert.deepEqual(await page.evaluate(aliveIn), [], path);
    await page.close();
  }
  assert.ok(taken > PAYLOADS.length * 10, `only ${taken} were taken`);
  return `${PAYLOADS.length} payloads, ${taken} events`;
}
