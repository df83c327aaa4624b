// What holds behind every web server: each promise is written once here and kept on each row of servers.mjs.
// A promise gets the site and its server's row, and throws when it is broken.

import assert from 'node:assert/strict';

import { openStream, request } from './sse.mjs';
import { eventually, sleep } from './time.mjs';

const IN_TIME_MS = 150;      // from publishing to arriving; a server that buffers is far above it
const FIRST_BYTE_MS = 3000;    // mod_fcgid takes its time to start a process; a server that buffers never sends it
const NOTICED_MS = 8000;     // a few heartbeats of 1 s, for servers that notice at a failed write
const ID = /^[0-9A-Za-z_.-]{1,64}$/;

const QUICK_HEARTBEAT = '[stream]\nheartbeat = 1\n';
export const openConfig = () => `[access]\npublish = open\n${QUICK_HEARTBEAT}`;
// A server that notices leaving only at a write would not stop before the next heartbeat.
export const defaultConfig = (server) => (server.atOnce ? '' : QUICK_HEARTBEAT);

const titles = (events) => events.map((event) => /Post \w+/.exec(event.data)?.[0]);
const names = (events) => events.map((event) => event.event);

async function reading(site, path, headers, use) {
  const stream = await openStream(`${site.url}/${path}`, headers);
  try {
    assert.equal(stream.status, 200);
    await use(stream);
    assert.deepEqual(stream.faults, [], 'faults of the stream');
    assert.equal(stream.cut, false, 'the connection broke');
  } finally {
    stream.leave();
  }
}

async function hasEvents(stream, count) {
  assert.ok(await stream.countIs(count), `${stream.events.length} of ${count} events came: ${names(stream.events)}`);
}

async function posted(site, channel, type, body) {
  const answer = await site.post(channel, type, body);
  assert.equal(answer.status, 200, answer.body);
  assert.match(answer.headers['content-type'], /^text\/plain\b/);
  assert.match(answer.body.trim(), ID);
  return answer.body.trim();
}

function isSentence(answer) {
  assert.match(answer.headers['content-type'], /^text\/plain\b/);
  assert.match(answer.body, /^[A-Z\S].*\.\s*$/, `one plain sentence, not: ${answer.body}`);
}

// How long each of five events that are published 200 ms apart takes from the end of its publishing to its arrival. The
// publishing itself is a process and a write to the disk, and may be slow on a busy machine; waiting is the server's doing.
async function fiveEvents(site, channel) {
  const published = [];
  let delays;
  await reading(site, channel, {}, async (stream) => {
    for (let i = 1; i <= 5; i++) {
      const next = sleep(200);
      await site.publish(channel, `title=Post ${i}`);
      published.push(performance.now());
      await next;
    }
    await hasEvents(stream, 5);
    assert.deepEqual(titles(stream.events), ['Post 1', 'Post 2', 'Post 3', 'Post 4', 'Post 5']);
    delays = stream.events.map((event, i) => Math.max(0, Math.round(event.at - published[i])));
  });
  return delays;
}

async function firstByte(site) {
  let ms;
  await reading(site, 'notifications/quiet', {}, async (stream) => {
    assert.ok(await eventually(() => stream.firstByteMs !== undefined, 5000), 'no first byte');
    ms = Math.round(stream.firstByteMs);
  });
  return ms;
}

// The metric that says how many streams are open in all.
async function openStreams(site) {
  const metrics = await request(`${site.url}/metrics`);
  const gauge = /^runnel_streams(?:\{[^}]*\})? (\d+)$/m.exec(metrics.body);
  assert.ok(gauge, `no gauge runnel_streams: ${metrics.status} ${metrics.body.slice(0, 200)}`);
  return Number(gauge[1]);
}

async function leavingIsNoticed(site, server, withinMs) {
  const open = server.perStream ? () => site.processes('runnel.cgi').length : () => openStreams(site);
  assert.ok(await eventually(async () => await open() === 0, NOTICED_MS), 'streams of before are still open');
  const stream = await openStream(`${site.url}/notifications/leaving`);
  assert.ok(await eventually(async () => await open() === 1, 2000), `${await open()} streams are open, not 1`);
  stream.leave();
  assert.ok(await eventually(async () => await open() === 0, withinMs), `the stream is still open after ${withinMs} ms`);
}

export const openSite = {
  'the head is that of an event stream, and a first byte comes at once': async (site, server) => {
    await reading(site, 'notifications/quiet', {}, async (stream) => {
      assert.equal(stream.headers['content-type'], 'text/event-stream; charset=utf-8');
      assert.equal(stream.headers['cache-control'], 'no-cache, no-transform');
      assert.equal(stream.headers['x-accel-buffering'], server.eatsAccel ? undefined : 'no');
      assert.equal(stream.headers['content-encoding'], undefined);
      assert.equal(stream.headers['content-length'], undefined);
    });
    const tries = [];
    for (let i = 0; i < 3; i++) tries.push(await firstByte(site));   // a busy machine is late once, a server that buffers always
    assert.ok(Math.min(...tries) < FIRST_BYTE_MS, `the first byte took ${tries.join(', ')} ms`);
  },

  'HEAD answers the head and nothing else': async (site) => {
    const answer = await request(`${site.url}/feed/head`, { method: 'HEAD', timeout: 3000 });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(answer.body, '');
  },

  // A server that buffers is late every time, a machine that is busy with something else is late once.
  'five events 200 ms apart arrive as five, each within 150 ms': async (site) => {
    const late = [];
    for (const round of ['a', 'b', 'c']) {
      const delays = await fiveEvents(site, `feed/five-${round}`);
      if (Math.max(...delays) <= IN_TIME_MS) return `${delays.join(', ')} ms`;
      late.push(delays.join(', '));
    }
    assert.fail(`ms from publishing to arriving: ${late.join('; ')}`);
  },

  'an idle stream gets a one-line comment at each heartbeat': async (site) => {
    await reading(site, 'notifications/idle', {}, async (stream) => {
      assert.ok(await eventually(() => stream.comments.length >= 3, 5000), `${stream.comments.length} comments in 5 s`);
      assert.deepEqual(stream.events, []);
    });
  },

  'a stream resumes after the cursor, by header and by query, and the header wins': async (site) => {
    const ids = [];
    for (const i of [1, 2, 3]) ids.push(await posted(site, 'feed/resume', 'text/plain', `Post ${i}`));
    const resumes = [
      ['feed/resume', {}, ['Post 1', 'Post 2', 'Post 3']],
      ['feed/resume', { 'last-event-id': ids[0] }, ['Post 2', 'Post 3']],
      [`feed/resume?last-event-id=${ids[0]}`, {}, ['Post 2', 'Post 3']],
      [`feed/resume?last-event-id=${ids[0]}`, { 'last-event-id': ids[1] }, ['Post 3']],
    ];
    for (const [path, headers, expected] of resumes) {
      await reading(site, path, headers, async (stream) => {
        await hasEvents(stream, expected.length);
        assert.deepEqual(titles(stream.events), expected, `${path} ${JSON.stringify(headers)}`);
        assert.deepEqual(stream.events.map((event) => event.id), ids.slice(-expected.length));
      });
    }
    await reading(site, 'feed/resume', { 'last-event-id': ids[2] }, async (stream) => {
      await posted(site, 'feed/resume', 'text/plain', 'Post live');
      await hasEvents(stream, 1);
      assert.deepEqual(titles(stream.events), ['Post live']);
    });
  },

  'a cursor of another store is told with `reset`, and the state follows': async (site) => {
    await posted(site, 'feed/reset', 'text/plain', 'Post one');
    await reading(site, 'feed/reset', { 'last-event-id': 'elsewhere-7' }, async (stream) => {
      await hasEvents(stream, 2);
      assert.deepEqual(names(stream.events), ['reset', 'new-post']);
      assert.notEqual(stream.events[0].data, '');
    });
  },

  'POST takes a form, a multipart form, JSON and plain text; the id is that of the event': async (site) => {
    const boundary = '----runnel';
    const part = (name, value) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const bodies = [
      ['application/x-www-form-urlencoded', 'title=Post+%C3%A4&body=a+%26+b'],
      ['application/x-www-form-urlencoded; charset=UTF-8', 'title=Post+b'],
      [`multipart/form-data; boundary=${boundary}`, `${part('title', 'Post c')}${part('body', 'two\r\nlines')}--${boundary}--\r\n`],
      ['application/json', '{"title": "Post \\u0064", "body": "a"}'],
      ['text/plain', 'Post e'],
    ];
    await reading(site, 'feed/types', {}, async (stream) => {
      const ids = [];
      for (const [type, body] of bodies) ids.push(await posted(site, 'feed/types', type, body));
      await hasEvents(stream, bodies.length);
      assert.deepEqual(stream.events.map((event) => event.id), ids);
      assert.match(stream.events[0].data, /Post ä/);
      assert.match(stream.events[0].data, /a &amp; b/);
      assert.deepEqual(titles(stream.events).slice(1), ['Post b', 'Post c', 'Post d', 'Post e']);
    });
  },

  'what is published is shown as text, not run as markup': async (site) => {
    await reading(site, 'feed/markup', {}, async (stream) => {
      await posted(site, 'feed/markup', 'text/plain', '<script>alert(1)</script>');
      await hasEvents(stream, 1);
      assert.doesNotMatch(stream.events[0].data, /<script/);
      assert.match(stream.events[0].data, /&lt;script&gt;/);
    });
  },

  'bad input gets its status and a sentence, and nothing is stored': async (site) => {
    const form = 'application/x-www-form-urlencoded';
    const bad = [
      [400, 'a channel with a space', 'POST', 'feed/bad%20name', form, 'title=x'],
      [400, 'a channel of two names', 'POST', 'feed/bad/', form, 'title=x'],
      [404, 'no such kind', 'POST', 'nokind/bad', form, 'title=x'],
      [404, 'no such route', 'GET', 'nokind/bad', undefined, undefined],
      [405, 'DELETE', 'DELETE', 'feed/bad', undefined, undefined],
      [405, 'PUT', 'PUT', 'feed/bad', form, 'title=x'],
      [413, 'a body over 64 KiB', 'POST', 'feed/bad', 'text/plain', 'x'.repeat(70000)],
      [415, 'a type that is none of the four', 'POST', 'feed/bad', 'application/xml', '<title>x</title>'],
      [400, 'JSON that is none', 'POST', 'feed/bad', 'application/json', '{"title": '],
      [400, 'JSON that is not flat', 'POST', 'feed/bad', 'application/json', '{"title": {"a": 1}}'],
      [400, 'a percent that is no number', 'POST', 'progress/bad', form, 'percent=most'],
      [400, 'an event name of the page itself', 'POST', 'feed/bad?event=click', form, 'title=x'],
      [400, 'a multipart form without its boundary', 'POST', 'feed/bad', 'multipart/form-data', 'title=x'],
    ];
    const wrong = [];
    for (const [status, what, method, path, type, body] of bad) {
      const headers = body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) };
      const answer = await request(`${site.url}/${path}`, { method, headers, body });
      if (answer.status !== status) { wrong.push(`${what}: ${answer.status}, not ${status}: ${answer.body.slice(0, 100)}`); continue; }
      try {
        isSentence(answer);
        if (status === 405) assert.match(answer.headers.allow ?? '', /\bGET\b.*\bPOST\b/, '405 without Allow');
      } catch (error) { wrong.push(`${what}: ${error.message}`); }
    }
    for (const channel of ['feed/bad', 'progress/bad']) {
      await reading(site, channel, {}, async (stream) => {
        await site.publish(channel, '--text', 'Post after');
        await hasEvents(stream, 1);
        if (!stream.events[0].data.includes('Post after')) wrong.push(`${channel} holds ${stream.events[0].data}`);
      });
    }
    assert.deepEqual(wrong, []);
  },

  'a POST, chunked or not, is taken or told why not, every time': async (site, server) => {
    const turns = [
      [200, 'feed/chunked', 'Post one'], [413, 'feed/chunked', 'x'.repeat(240000)], [404, 'nokind/x', 'x'.repeat(30000)], [415, 'feed/chunked', 'x', 'text/odd'],
    ];
    const wrong = [];
    for (let i = 0; i < 24; i++) {
      const [status, path, body, type = 'text/plain'] = turns[i % turns.length];
      const headers = { 'content-type': type, ...(i % 8 < 4 ? { 'transfer-encoding': 'chunked' } : { 'content-length': body.length }) };
      const got = await request(`${site.url}/${path}`, { method: 'POST', headers, body }).then((answer) => answer.status, (error) => error.message);
      if (got !== status && !(server.cutsChunked && i % 8 < 4 && got === 400)) wrong.push(`${Object.keys(headers)[1]}, ${path}, ${body.length} bytes: ${got}, not ${status}`);
    }
    assert.deepEqual(wrong, []);
  },

  'after `complete` comes `close` and the answer ends; connecting again gives the final state and `close`': async (site) => {
    const channel = 'progress/job';
    let lastId;
    await reading(site, channel, {}, async (stream) => {
      await site.runnel('progress', 'job', '50', 'Half of it');
      await hasEvents(stream, 1);
      await site.runnel('done', 'job', 'All of it');
      assert.ok(await stream.endsWithin(5000), `the answer goes on after ${names(stream.events)}`);
      assert.deepEqual(names(stream.events), ['progress', 'complete', 'close']);
      assert.notEqual(stream.events[2].data, '');
      lastId = stream.events.at(-1).lastId;
    });
    for (const headers of [{}, { 'last-event-id': lastId }]) {
      await reading(site, channel, headers, async (stream) => {
        assert.ok(await stream.endsWithin(5000), `the answer goes on after ${names(stream.events)}`);
        assert.deepEqual(names(stream.events), ['complete', 'close'], JSON.stringify(headers));
        assert.match(stream.events[0].data, /All of it/);
      });
    }
  },

  'one stream carries many channels': async (site) => {
    await reading(site, 'stream?channel=feed/many&channel=notifications/many', {}, async (stream) => {
      await site.publish('notifications/many', 'title=Hello');
      await site.publish('feed/many', 'title=Post one');
      await site.publish('feed/other', 'title=Post two');
      await site.publish('notifications/many', 'title=Bye');
      await hasEvents(stream, 3);
      assert.deepEqual(names(stream.events), ['notification', 'new-post', 'notification']);
    });
  },

  'format=json sends the values, format=oob carriers in unnamed events': async (site) => {
    await site.publish('feed/format', 'title=Post one', 'author=Ada');
    await reading(site, 'feed/format?format=json', {}, async (stream) => {
      await hasEvents(stream, 1);
      const values = JSON.parse(stream.events[0].data);
      assert.equal(JSON.stringify(values).includes('"Ada"'), true, stream.events[0].data);
    });
    await reading(site, 'feed/format?format=oob', {}, async (stream) => {
      await hasEvents(stream, 1);
      assert.equal(stream.events[0].event, 'message');
      assert.match(stream.events[0].data, /hx-swap-oob="afterbegin:#/);
    });
  },

  'a component comes with its state and its cursor, as a page or bare': async (site) => {
    await site.publish('feed/component', 'title=Post one');
    const page = await request(`${site.url}/components/feed/component`);
    const bare = await request(`${site.url}/components/feed/component`, { headers: { 'hx-request': 'true' } });
    for (const answer of [page, bare]) {
      assert.equal(answer.status, 200);
      assert.match(answer.headers['content-type'], /^text\/html\b/);
      assert.match(answer.body, /Post one/);
    }
    assert.match(page.body, /<html/i);
    assert.doesNotMatch(bare.body, /<html/i);
    const connect = /sse-connect="([^"]*)"/.exec(bare.body)?.[1].replaceAll('&amp;', '&');
    assert.match(connect ?? '', /last-event-id=/);
    await reading({ url: new URL(connect, site.url).origin }, connect.replace(/^\//, ''), {}, async (stream) => {
      await site.publish('feed/component', 'title=Post two');
      await hasEvents(stream, 1);
      assert.match(stream.events[0].data, /Post two/);
    });
  },

  'the status page and the assets are served': async (site) => {
    const status = await request(`${site.url}/`);
    assert.equal(status.status, 200, status.body);
    assert.match(status.headers['content-type'], /^text\/html\b/);
    for (const [file, type] of [['htmx.min.js', /javascript/], ['runnel.css', /css/]]) {
      const asset = await request(`${site.url}/assets/${file}`);
      assert.equal(asset.status, 200, file);
      assert.match(asset.headers['content-type'], type);
      assert.ok(asset.body.length > 100, `${file} is empty`);
    }
  },

  'a client that left is noticed': (site, server) => leavingIsNoticed(site, server, NOTICED_MS),
};

const refusingSite = {
  'HTTP publishing is refused with a sentence that says how to open it, and nothing is stored': async (site) => {
    const refused = await site.post('feed/refused', 'text/plain', 'Post one');
    assert.ok([401, 403].includes(refused.status), `status ${refused.status}`);
    isSentence(refused);
    assert.match(refused.body, /publish = (open|user)/);
    await reading(site, 'feed/refused', {}, async (stream) => {
      await site.publish('feed/refused', 'title=Post two');
      await hasEvents(stream, 1);
      assert.deepEqual(titles(stream.events), ['Post two']);
    });
  },
};

// The heartbeat is far off here (15 s): what is noticed is the leaving itself.
const atOnceSite = {
  'a client that left is noticed at once': (site, server) => leavingIsNoticed(site, server, 1000),
};

export const defaultSite = (server) => ({ ...refusingSite, ...(server.atOnce ? atOnceSite : {}) });
