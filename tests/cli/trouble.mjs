// A store that is missing, locked or full never breaks the job.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, expectEqual, sleep } from './tool.mjs';

const warning = /^runnel: log\/job is not stored for now, the command goes on: [^\n]+\n$/;

// A file system of 1 MiB; null where nobody may mount one.
function mountSmall(tool) {
  const folder = join(tool.folder, 'small');
  mkdirSync(folder);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', folder]).status === 0;
  return mounted ? folder : null;
}

function fill(disk) {
  const ballast = openSync(join(disk, 'ballast'), 'w');
  try {
    for (;;) writeSync(ballast, Buffer.alloc(4096));
  } catch (error) {
    expectEqual(error.code, 'ENOSPC', 'filling the disk');
  } finally {
    closeSync(ballast);
  }
}

async function onSmallDisk(tool, body) {
  const disk = mountSmall(tool);
  if (!disk) return 'skipped: only root may mount a small file system';
  try {
    tool.store = join(disk, 'store');
    tool.env.RUNNEL_STORE = tool.store;
    tool.ok(['init', tool.store]);
    return await body(disk);
  } finally {
    for (const { child, ended } of tool.started) if (!ended) child.kill('SIGKILL');
    await sleep(50);
    spawnSync('umount', [disk]);
  }
}

export const troublePromises = {
  a_missing_store_does_not_break_run(tool) {
    const start = Date.now();
    const result = tool.run(['run', 'job', 'sh', '-c', 'seq 1000; exit 4'], { env: { RUNNEL_STORE: '/nonexistent' } });
    expectEqual(result.code, 4, 'exit code');
    expectEqual(result.out.split('\n').length, 1001, 'lines');
    expect(warning.test(result.err), `one warning: ${result.err}`);
    expect(Date.now() - start < 3000, 'in good time');
  },

  a_bad_configuration_does_not_break_run(tool) {
    const result = tool.run(['run', 'job', 'echo', 'x'], { env: { RUNNEL_CONFIG: '/nonexistent.ini' } });
    expectEqual([result.code, result.out], [0, 'x\n'], 'exit code and output');
    expect(warning.test(result.err), result.err);
  },

  async a_store_that_comes_later_gets_what_was_said_before(tool) {
    const store = join(tool.folder, 'later');
    const job = tool.start(tool.program, ['run', 'job', 'sh', '-c', 'echo early; sleep 2; echo late'], { env: { RUNNEL_STORE: store } });
    await job.until(({ err }) => err.includes('not stored'), 'the warning');
    tool.ok(['init', store]);
    expectEqual((await job.end).code, 0, 'exit code');
    tool.env.RUNNEL_STORE = store;
    expectEqual(tool.lines('job'), ['early', 'late'], 'lines');
  },

  async a_locked_store_does_not_hold_the_job(tool) {
    tool.ok(['publish', 'feed', 'title=x']);
    const lock = tool.start('sqlite3', [join(tool.store, 'events.db')]);
    lock.child.stdin.write('BEGIN IMMEDIATE;\nSELECT 1;\n');
    await lock.until(({ out }) => out === '1\n', 'the lock');
    const start = Date.now();
    const result = await tool.start(tool.program, ['run', 'job', 'sh', '-c', 'echo x; exit 6']).end;
    const took = Date.now() - start;
    expectEqual([result.code, result.out], [6, 'x\n'], 'exit code and output');
    expect(took < 15_000, `${took} ms`);
    lock.child.stdin.end('ROLLBACK;\n');
    await lock.end;
    return `${took} ms`;
  },

  a_full_disk_does_not_break_run(tool) {
    return onSmallDisk(tool, (disk) => {
      fill(disk);
      const result = tool.run(['run', 'job', 'sh', '-c', 'seq 100000; exit 4']);
      expectEqual(result.code, 4, 'exit code');
      expectEqual(result.out.length, 588_895, 'output');
      expect(warning.test(result.err) && /full/.test(result.err), `one warning: ${result.err}`);
      expectEqual(tool.run(['publish', 'feed', 'title=x', `body=${'x'.repeat(60_000)}`]).code, 74, 'exit code of publish');
    });
  },

  async a_disk_with_room_again_gets_what_was_said_before(tool) {
    return onSmallDisk(tool, async (disk) => {
      fill(disk);
      const job = tool.start(tool.program, ['run', 'job', 'sh', '-c', 'echo early; sleep 3; echo late']);
      await job.until(({ err }) => err.includes('not stored'), 'the warning');
      unlinkSync(join(disk, 'ballast'));
      expectEqual((await job.end).code, 0, 'exit code');
      expectEqual(tool.lines('job'), ['early', 'late'], 'lines');
    });
  },

  a_full_disk_does_not_kill_whoever_writes_to_log(tool) {
    return onSmallDisk(tool, (disk) => {
      const written = '(trap "" PIPE; seq 100000 && echo written >&2) | "$runnel" log job';
      const growing = tool.shell(written);
      expectEqual(growing.code, 74, 'exit code of log');
      expect(/^written$/m.test(growing.err) && /lines of log\/job were lost: .*full/.test(growing.err), growing.err);
      fill(disk);
      const full = tool.shell(written);
      expectEqual(full.code, 74, 'exit code of log');
      expect(/^written$/m.test(full.err) && /full/.test(full.err), full.err);
    });
  },

  a_missing_store_does_not_kill_whoever_writes_to_log(tool) {
    const result = tool.shell('(trap "" PIPE; seq 100000 && echo written >&2) | "$runnel" log job', { env: { RUNNEL_STORE: '/nonexistent' } });
    expectEqual(result.code, 69, 'exit code');
    expect(/^written$/m.test(result.err) && /runnel init/.test(result.err), result.err);
  },

  a_full_output_does_not_break_run(tool) {
    const result = tool.shell('exec "$runnel" run job sh -c "echo x; exit 3" >/dev/full');
    expectEqual(result.code, 3, 'exit code');
    expect(/output cannot be written/.test(result.err), result.err);
    expectEqual(tool.lines('job'), ['x'], 'lines');
  },

  an_output_that_cannot_be_written_is_an_error_elsewhere(tool) {
    expectEqual(tool.shell('exec "$runnel" publish feed title=x >/dev/full').code, 74, 'exit code');
  },
};
