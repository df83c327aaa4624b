// A reader of event streams that forgives nothing: the parser of WHATWG HTML §9.2, a clock at every block, and a list of
// everything in the stream that runnel promises not to send.

import http from 'node:http';
import { eventually } from './time.mjs';

const HEAD_MS = 10000;
const BROWSER_HEADERS = { accept: 'text/event-stream', 'accept-encoding': 'gzip, deflate, br', 'cache-control': 'no-cache' };

export function parser(onEvent, onComment = () => {}) {
  const faults = [];
  const text = new TextDecoder('utf-8', { fatal: true });
  let rest = '', lastId = '';
  let block = newBlock();

  function newBlock() { return { event: '', data: [], id: undefined, retry: undefined, comments: 0 }; }

  function field(name, value) {
    if (name === 'event') block.event = value;
    else if (name === 'data') block.data.push(value);
    else if (name === 'id' && !value.includes('\0')) { block.id = value; lastId = value; }
    else if (name === 'retry' && /^[0-9]+$/.test(value)) block.retry = Number(value);
    else faults.push(`a field that no browser knows: ${name}: ${value}`);
  }

  function dispatch(at) {
    const { event, data, id, retry, comments } = block;
    block = newBlock();
    // Each of these does harm in a client that exists (WHATWG HTML §9.2; htmx 4 and fetch-event-source parse more strictly).
    if (data.length === 0) {
      if (event) faults.push(`event ${event} without data is never dispatched`);
      else if (id !== undefined) return;   // moves the cursor in silence: a new stream with nothing old learns where it is
      else if (retry !== undefined) faults.push('a retry without data is ignored by htmx 4');
      else if (comments) faults.push('a blank line after a comment is an empty message to fetch-event-source');
      else faults.push('a blank line of no use');
      return;
    }
    onEvent({ event: event || 'message', data: data.join('\n'), id, lastId, retry, at });
  }

  function line(content, at) {
    if (content === '') return dispatch(at);
    const colon = content.indexOf(':');
    if (colon === 0) { block.comments += 1; return onComment(content.slice(1), at); }
    if (colon < 0) return field(content, '');
    field(content.slice(0, colon), content.slice(colon + 1).replace(/^ /, ''));
  }

  return {
    faults,
    push(bytes, at) {
      rest += text.decode(bytes, { stream: true });
      if (rest.includes('\r')) faults.push('a CR: lines end with LF alone');
      const lines = rest.split('\n');
      rest = lines.pop();
      for (const content of lines) line(content, at);
    },
    // What is unfinished when the answer ends is lost to a browser.
    end() {
      text.decode();
      if (rest || block.data.length || block.event || block.id !== undefined) faults.push('the answer ended inside a block');
    },
  };
}

// Opens a stream; resolves when its head is there.
export function openStream(url, headers = {}) {
  const openedAt = performance.now();
  const stream = { events: [], comments: [], ended: false, cut: false, firstByteMs: undefined };

  stream.countIs = (count, withinMs = 5000) => eventually(() => stream.events.length >= count, withinMs);
  stream.endsWithin = (ms) => eventually(() => stream.ended, ms);

  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent: false, headers: { ...BROWSER_HEADERS, ...headers } });
    request.setTimeout(HEAD_MS, () => { if (!stream.status) request.destroy(new Error(`no answer from ${url}`)); });
    request.on('error', (error) => { stream.ended = true; reject(error); });   // after the head it rejects nothing more
    request.on('response', (response) => {
      const parse = parser((event) => stream.events.push(event), (text, at) => stream.comments.push({ text, at }));
      Object.assign(stream, { status: response.statusCode, headers: response.headers, faults: parse.faults });
      stream.leave = () => response.destroy();
      response.on('data', (bytes) => {
        const at = performance.now();
        stream.firstByteMs ??= at - openedAt;
        try { parse.push(bytes, at); } catch (error) { parse.faults.push(error.message); }
      });
      response.on('end', () => { parse.end(); stream.ended = true; });
      response.on('error', () => { stream.ended = stream.cut = true; });
      resolve(stream);
    });
  });
}

// One request and its whole answer, for everything that is no stream.
export function request(url, { method = 'GET', headers = {}, body, timeout = 10000 } = {}) {
  return new Promise((resolve, reject) => {
    const outgoing = http.request(url, { method, agent: false, headers, timeout }, (response) => {
      const chunks = [];
      response.on('data', (bytes) => chunks.push(bytes));
      response.on('end', () => resolve({
        status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString(),
      }));
      response.on('error', reject);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer to ${method} ${url} in ${timeout} ms`)));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
