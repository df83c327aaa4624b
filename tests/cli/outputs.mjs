// What ten real programs wrote on a terminal (outputs/NAME.tty), and what an emulator shows of it in the end (NAME.txt).
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, expectEqual, sleep } from './tool.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), 'outputs');
const names = readdirSync(folder).filter((file) => file.endsWith('.tty')).map((file) => file.slice(0, -4));
const repainters = ['rich', 'tqdm'];

const bytesOf = (name) => readFileSync(join(folder, `${name}.tty`));

// The lines, in order; a repainter may leave its first frame besides, no more.
function compare(tool, name, how) {
  const wanted = readFileSync(join(folder, `${name}.txt`), 'utf8').replace(/\n$/, '').split('\n');
  const got = tool.lines(name);
  if (!repainters.includes(name)) return expectEqual(got, wanted, `${name}, ${how}`);
  let at = 0;
  for (const line of got) if (line === wanted[at]) at++;
  expect(at === wanted.length, `${name}, ${how}: ${JSON.stringify(got)}`);
  expect(got.length <= wanted.length + 4, `${name}, ${how}: ${got.length} lines, ${wanted.length} wanted`);
}

// Writes the bytes in pieces of random length with pauses between some of them.
async function feed(stream, bytes, longest) {
  for (let at = 0; at < bytes.length;) {
    const n = 1 + Math.floor(Math.random() * longest);
    stream.write(bytes.subarray(at, at + n));
    at += n;
    if (Math.random() < 0.15) await sleep(Math.random() < 0.1 ? 150 : 1);
  }
  stream.end();
}

export const outputPromises = {
  a_log_of_a_terminals_output_is_what_it_shows_in_the_end(tool) {
    for (const name of names) {
      tool.run(['log', name], { input: bytesOf(name) });
      compare(tool, name, 'log');
    }
  },

  a_run_that_prints_a_terminals_output_is_what_it_shows_in_the_end(tool) {
    for (const name of names) {
      tool.run(['run', name, '--', 'cat', join(folder, `${name}.tty`)]);
      compare(tool, name, 'run');
    }
  },

  // its standard input stays open: at the end of it script(1) types one, whose echo is output too
  async a_run_in_a_terminal_logs_the_same(tool) {
    for (const name of names) {
      await tool.start('script', ['-qefc', `"$runnel" run ${name} -- cat ${join(folder, `${name}.tty`)}`, '/dev/null'], { env: { SHELL: '/bin/sh' } }).end;
      compare(tool, name, 'run in a terminal');
    }
  },

  bytes_that_come_one_by_one_come_to_the_same(tool) {
    for (const name of names) {
      const file = join(folder, `${name}.tty`);
      tool.shell(`python3 -c 'import sys,os
for b in open(sys.argv[1], "rb").read(): os.write(1, bytes([b]))' ${file} | "$runnel" log ${name}`);
      compare(tool, name, 'byte by byte');
    }
  },

  async pieces_with_pauses_come_to_the_same(tool) {
    for (const name of names) {
      const log = tool.start(tool.program, ['log', name]);
      await feed(log.child.stdin, bytesOf(name), 400);
      await log.end;
      compare(tool, name, 'in pieces');
    }
  },
};
