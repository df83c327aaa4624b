// Who comes in through each web server, and where runnel stands in its URLs: forged logins, real ones, addresses that
// are not ours, and servers that do not split their paths.

import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';

import { commandPath } from './processes.mjs';
import { openStream, request } from './sse.mjs';

const basic = (user, password) => ({ authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` });
const ALICE = 'alice@example.org';
const form = (body) => ({ 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) });

// A request line as no client library would write it; resolves to status, headers as one text, and body.
function raw(site, path, headers = '') {
  return new Promise((resolve, reject) => {
    const socket = net.connect(site.port, '127.0.0.1');
    let text = '';
    socket.setTimeout(10000, () => socket.destroy(new Error(`no answer to ${path}`)));
    socket.on('error', reject);
    socket.on('data', (bytes) => { text += bytes; });
    socket.on('close', () => {
      const [head, ...body] = text.split('\r\n\r\n');
      resolve({ status: Number(/^HTTP\/1\.\d (\d+)/.exec(head)?.[1]), head, body: body.join('\r\n\r\n') });
    });
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost:${site.port}\r\nConnection: close\r\n${headers}\r\n`);
  });
}

const base = (site) => new URL(site.url).pathname;

export const accessPromises = {
  'a login that nobody has checked is nobody': async (site) => {
    const claims = [basic(ALICE, 'wrong'), basic('bob', 'secret'), { 'remote-user': ALICE, 'auth-type': 'Basic' },
      { 'remote_user': ALICE, 'auth_type': 'Basic', 'x-remote-user': ALICE }, { ...basic(ALICE, ''), 'proxy-authorization': 'Basic eDp5' }];
    for (const headers of claims) {
      for (const path of [`notifications/~${ALICE}`, 'notifications/~me', 'components/notifications/~me', 'stream?channel=notifications/~bob']) {
        const answer = await request(`${site.url}/${path}`, { headers });
        assert.equal(answer.status, 403, `${path} ${JSON.stringify(headers)}: ${answer.body}`);
        assert.match(answer.body, /login/);
      }
    }
  },

  'the status is for this machine, and not through a proxy': async (site) => {
    for (const headers of [{ forwarded: 'for=1.2.3.4' }, { 'x-forwarded-for': '127.0.0.1' }, { 'x-real-ip': '127.0.0.1' }, { via: '1.1 p' }, { 'x-forwarded-host': 'a' }]) {
      for (const path of ['', 'metrics']) {
        const answer = await request(`${site.url}/${path}`, { headers });
        assert.equal(answer.status, 403, `${path} ${JSON.stringify(headers)}`);
      }
    }
    assert.equal((await request(`${site.url}/`)).status, 200);
  },

  'what only begins like the mount is not ours': async (site) => {
    for (const path of [`${base(site)}-guide.html`, `${base(site)}feed/a`, `${base(site)}%5c..%5cuploads%5cx/components/feed/base`]) {
      const answer = await raw(site, path);
      assert.ok([400, 403, 404].includes(answer.status), `${path}: ${answer.status} ${answer.body.slice(0, 200)}`);
      assert.doesNotMatch(answer.body, /runnel\.js/);
    }
  },

  'the mount without its slash leads to the one with it, or is the same page': async (site) => {
    const answer = await raw(site, base(site));
    if (answer.status === 200) { assert.match(answer.body, /<h1>runnel/); return; }
    assert.ok([301, 302].includes(answer.status), `${answer.status} ${answer.body}`);
    assert.match(answer.head, new RegExp(`^location: (http://[^/]+)?${base(site).replaceAll('.', '\\.')}/\\r?$`, 'im'));
  },

  'no address makes a page load scripts from elsewhere': async (site) => {
    await site.publish('feed/base', 'title=x');
    const own = new RegExp(`^${base(site).replaceAll('.', '\\.')}/`);
    for (const path of ['//evil.example', '/%2f%2fevil.example', '/x/..', '/%5cevil', '/.', '/x%2f..', '/"onload=']) {
      for (const answer of [await raw(site, `${base(site)}${path}/components/feed/base`), await raw(site, `${path}${base(site)}/components/feed/base`)]) {
        for (const [, url] of answer.body.matchAll(/(?:src|href|sse-connect)="([^"]*)"/g)) assert.match(url, own, `${path}: ${url}`);
      }
    }
  },

  'a line end in a path is a 400, not the status page': async (site) => {
    for (const path of ['feed/a%0Ab', 'feed/%0A', 'components/feed/a%0A', '%0A', 'feed/a%0D%0Ab']) {
      const answer = await raw(site, `${base(site)}/${path}`);
      assert.ok([400, 404].includes(answer.status), `${path}: ${answer.status} ${answer.body.slice(0, 100)}`);
    }
    assert.equal((await raw(site, `${base(site)}/feed/a%0Ab`)).status, 400);
  },

  'an event of the largest size is taken as a form': async (site) => {
    const body = `title=x&body=${'%C3%A9'.repeat(32000)}`;
    const answer = await request(`${site.url}/feed/large`, { method: 'POST', headers: form(body), body });
    assert.equal(answer.status, 200, answer.body);
  },
};

// ---- with a login of the web server's ----

export const loginConfig = () => '[access]\npublish = user\nstatus = user\n[stream]\nheartbeat = 1\n';

async function publishes(site, headers, status) {
  const body = 'title=x';
  const answer = await request(`${site.url}/notifications/~me`, { method: 'POST', headers: { ...site.as(ALICE), ...headers, ...form(body) }, body });
  assert.equal(answer.status, status, `${JSON.stringify(headers)}: ${answer.body}`);
}

export const loginPromises = {
  'without the password nothing is answered': async (site) => {
    for (const headers of [{}, basic(ALICE, 'wrong'), basic('eve', 'secret')]) {
      assert.equal((await request(`${site.url}/notifications/~me`, { headers })).status, 401);
    }
  },

  'a login with @ reads its own channel under each of its names, and nobody else does': async (site) => {
    await site.publish(`notifications/~${ALICE}`, 'title=For Alice');
    for (const name of ['~me', `~${ALICE}`, '~alice%40example.org', '~alice~40example.org']) {
      const answer = await request(`${site.url}/components/notifications/${name}`, { headers: site.as(ALICE) });
      assert.equal(answer.status, 200, `${name}: ${answer.body}`);
      assert.match(answer.body, /notifications\/~alice~40example\.org/);
    }
    const stream = await openStream(`${site.url}/notifications/~me`, site.as(ALICE));
    try {
      await site.publish(`notifications/~${ALICE}`, 'title=Live');
      assert.ok(await stream.countIs(1));
    } finally { stream.leave(); }
    assert.equal((await request(`${site.url}/notifications/~${ALICE}`, { headers: site.as('bob') })).status, 403);
  },

  'the own page publishes, on this port too, and the page of another site does not': async (site) => {
    const own = new URL(site.url).origin;
    await publishes(site, {}, 200);
    await publishes(site, { origin: own }, 200);
    await publishes(site, { origin: own, 'sec-fetch-site': 'same-origin' }, 200);
    for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1', 'http://127.0.0.1:1', own.replace('http:', 'https:')]) await publishes(site, { origin }, 403);
    await publishes(site, { 'sec-fetch-site': 'cross-site' }, 403);
    await publishes(site, { origin: own, 'sec-fetch-site': 'same-site' }, 403);
  },
};

// ---- nginx with the site's own login ----

// Who is asked by auth_request: an HTTP server that believes a cookie.
function whoami() {
  return new Promise((resolve) => {
    const server = http.createServer((asked, answer) => {
      const user = /user=([^;]+)/.exec(asked.headers.cookie ?? '')?.[1];
      answer.writeHead(user ? 200 : 401, user ? { 'x-user': decodeURIComponent(user) } : {}).end();
    }).listen(0, '127.0.0.1', () => resolve(server));
  });
}

export const siteLoginPromises = {
  'the user of auth_request is the one the site names, whatever a client claims': async (site) => {
    for (const headers of [site.as('bob'), { ...site.as('bob'), ...basic(ALICE, 'x') }]) {
      assert.equal((await request(`${site.url}/components/notifications/~me`, { headers })).status, 200);
      assert.equal((await request(`${site.url}/notifications/~${ALICE}`, { headers })).status, 403);
    }
    assert.equal((await request(`${site.url}/notifications/~me`, { headers: basic(ALICE, 'x') })).status, 401);
  },
};

// ---- servers that do not split, as a first try would write them ----

const nginxCommand = (site) => [commandPath('nginx'), ['-p', site.dir, '-e', site.log, '-c', site.serverConfig('nginx.conf')]];
const apacheCommand = (site) => [commandPath('apache2'), ['-D', 'FOREGROUND', '-f', site.serverConfig('apache.conf')]];
const nginxWith = (lines) => (site) => {
  site.write('example.conf', `server { listen 127.0.0.1:80; location /sse/ { fastcgi_pass unix:/run/runnel.sock; ${lines} } }\n`);
  return nginxCommand(site);
};
const apacheWith = (lines) => (site) => { site.write('example.conf', lines); return apacheCommand(site); };

export const naive = [
  { name: 'nginx with its own fastcgi_params', command: nginxWith('include /etc/nginx/fastcgi_params;') },
  { name: 'nginx with a PATH_INFO that is empty', command: nginxWith('include /etc/nginx/fastcgi_params; fastcgi_param PATH_INFO $fastcgi_path_info;') },
  { name: 'Apache with ProxyPass', command: apacheWith('ProxyPass "/sse/" "unix:/run/runnel.sock|fcgi://runnel/"\n') },
  { name: 'Apache with ProxyPass for a generic backend', command: apacheWith('ProxyFCGIBackendType GENERIC\nProxyPass "/sse/" "unix:/run/runnel.sock|fcgi://runnel/"\n') },
];

export const unsplitPromises = {
  'every address is told what the web server must pass': async (site) => {
    for (const path of ['', 'feed/x', 'healthz', 'stream?channel=feed', 'components/feed/x', 'nothing/']) {
      const answer = await request(`${site.url}/${path}`);
      assert.equal(answer.status, 500, `${path}: ${answer.status} ${answer.body.slice(0, 200)}`);
      assert.match(answer.body, /PATH_INFO.*\[site\] base/);
    }
    const posted = await site.post('feed/x', 'text/plain', 'x');
    assert.equal(posted.status, 500);
  },
};

export const basePromises = {
  'with [site] base runnel finds its path itself': async (site) => {
    await site.publish('feed/base', 'title=Post one');
    const page = await request(`${site.url}/components/feed/base`);
    assert.equal(page.status, 200, page.body);
    assert.match(page.body, /sse-connect="\/sse\/feed\/base\?/);
    assert.equal((await request(`${site.url}/`)).status, 200);
    assert.equal((await request(`${site.url}/nokind/x`)).status, 404);
    assert.equal((await site.post('feed/b%61se', 'text/plain', 'x')).status, 200);
  },
};

// nginx, its own parameters, and then those of the site's login: the forged name comes first.
export function doubled(site) {
  return nginxWith(`auth_basic runnel; auth_basic_user_file ${site.passwords}; satisfy any; allow all; include /etc/nginx/fastcgi_params;
    fastcgi_split_path_info "(?s)^(/sse)(/.*)$"; fastcgi_param PATH_INFO $fastcgi_path_info; fastcgi_param REMOTE_USER bob; fastcgi_param AUTH_TYPE Site;`)(site);
}

export const doubledPromises = {
  'of two users in one request neither is one': async (site) => {
    const answer = await request(`${site.url}/notifications/~${ALICE}`, { headers: basic(ALICE, 'forged') });
    assert.equal(answer.status, 403);
    assert.match(answer.body, /AUTH_TYPE/);
  },
};

export { basic, whoami };
