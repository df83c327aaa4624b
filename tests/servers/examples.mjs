// The examples that publish, each run as a person would, and the units of systemd.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { hasCommand, run } from './processes.mjs';
import { openStream } from './sse.mjs';
import { EXAMPLES } from './site.mjs';

const PUBLISHERS = { 'publish.sh': 'sh', 'publish.py': 'python3', 'publish.php': 'php' };
const JOBS = { 'job.sh': 'sh', 'job.py': 'python3', 'job.php': 'php' };

function publishes(file, interpreter) {
  return async (site) => {
    const stream = await openStream(`${site.url}/feed/examples?last-event-id=`);
    try {
      const before = stream.events.length;
      const values = [`title=From ${file}`, 'body=a=b & "c" + ä'];
      const env = { RUNNEL_URL: site.url };
      const published = await run(interpreter, [join(EXAMPLES, file), 'feed/examples', ...values], { env });
      assert.equal(published.code, 0, published.stderr);
      assert.ok(await stream.countIs(before + 1));
      const event = stream.events.at(-1);
      assert.equal(published.stdout.trim(), event.id);
      assert.match(event.data, new RegExp(`From ${file}`));
      assert.match(event.data, /a=b &amp; (&quot;|")c(&quot;|") \+ ä/);

      const refused = await run(interpreter, [join(EXAMPLES, file), 'nokind/x', 'title=x'], { env });
      assert.notEqual(refused.code, 0);
      assert.match(refused.stdout + refused.stderr, /404/);
    } finally {
      stream.leave();
    }
  };
}

function reports(file, interpreter) {
  return async (site) => {
    const name = file.replace('.', '-');
    const stream = await openStream(`${site.url}/progress/${name}`);
    try {
      const job = await run(interpreter, [join(EXAMPLES, file), name], { env: { ...site.env, STEP_SECONDS: '0.1' } });
      assert.equal(job.code, 0, job.stderr);
      assert.ok(await stream.endsWithin(5000), 'the stream goes on');
      assert.deepEqual(stream.events.map((event) => event.event), [...Array(5).fill('progress'), 'complete', 'close']);
    } finally {
      stream.leave();
    }
  };
}

async function unitsAreLoadable(site) {
  if (!hasCommand('systemd-analyze')) return 'skipped: no systemd here';
  const units = ['runnel.socket', 'runnel.service'].map((unit) => site.example(unit));
  const verified = await run('systemd-analyze', ['verify', ...units]);
  assert.equal(verified.code, 0, verified.stderr);
  assert.equal(verified.stderr, '');
  return undefined;
}

// Each `;key = value` of runnel.conf, taken out of its comment, is a setting that the programs know.
async function settingsAreKnown(site) {
  const settings = readFileSync(join(EXAMPLES, 'runnel.conf'), 'utf8').replaceAll(/^;(?=[[a-z])/gm, '')
    .replace('/etc/runnel/templates', site.dir);   // a folder that is not there is an error
  assert.match(settings, /^heartbeat = 15$/m);
  const templates = join(site.dir, 'templates');   // a folder that is named must be there
  mkdirSync(templates, { recursive: true });
  writeFileSync(site.config, settings.replace('/etc/runnel/templates', templates));
  const known = await site.runnel('channels');
  assert.equal(known.code, 0, known.stderr);
  writeFileSync(site.config, '[stream]\nheartbeet = 15\n');
  const unknown = await site.runnel('channels');
  assert.notEqual(unknown.code, 0, 'a setting that nobody knows is taken in silence');
}

export const publishingExamples = {
  ...Object.fromEntries(Object.entries(PUBLISHERS).map(([file, interpreter]) => [`${file} publishes, and says why when it may not`, publishes(file, interpreter)])),
  ...Object.fromEntries(Object.entries(JOBS).map(([file, interpreter]) => [`${file} shows its progress and its end`, reports(file, interpreter)])),
  'runnel.socket and runnel.service are units that systemd takes': unitsAreLoadable,
  'runnel.conf holds settings that the programs know': settingsAreKnown,
};
