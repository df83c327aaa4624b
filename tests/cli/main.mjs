// The runnel command as people use it. Each suite is a table of promises; a promise throws when it is broken, and may
// answer a remark. With a second argument only the promises whose name holds it are checked.
import { Report } from '../servers/report.mjs';
import { argumentPromises } from './arguments.mjs';
import { followingPromises } from './following.mjs';
import { outputPromises } from './outputs.mjs';
import { publishingPromises } from './publishing.mjs';
import { runningPromises } from './running.mjs';
import { storePromises } from './stores.mjs';
import { terminalPromises } from './terminal.mjs';
import { troublePromises } from './trouble.mjs';
import { Tool } from './tool.mjs';

const [build, wanted = ''] = process.argv.slice(2);
if (!build) {
  console.error('usage: tests/cli/run BUILD [PROMISE]');
  process.exit(64);
}

const report = new Report();
const suites = [argumentPromises, publishingPromises, runningPromises, outputPromises, terminalPromises, troublePromises, followingPromises, storePromises];
for (const suite of suites) {
  for (const [name, promise] of Object.entries(suite)) {
    if (!name.includes(wanted)) continue;
    const tool = new Tool(build);
    await report.check(name, () => promise(tool));
    tool.clear();
  }
}
report.finish();
