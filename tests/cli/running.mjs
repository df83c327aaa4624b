// runnel run: the command as if runnel were not there; its output, progress and end in the store.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, expectEqual, sleep } from './tool.mjs';

const sh = (script) => ['run', 'job', '--', 'sh', '-c', script];
const last = (list) => list[list.length - 1];

export const runningPromises = {
  output_is_byte_for_byte(tool) {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 7 + (i >> 8)) & 255));
    const file = join(tool.folder, 'bytes');
    writeFileSync(file, bytes);
    const result = tool.run(['run', 'job', 'cat', file], { encoding: 'buffer' });
    expect(bytes.equals(result.out), 'the bytes differ');
    expectEqual(result.err.length, 0, 'bytes on standard error');
  },

  standard_output_and_error_stay_apart(tool) {
    const result = tool.run(sh('echo out; sleep 0.2; echo err >&2'));
    expectEqual([result.out, result.err], ['out\n', 'err\n'], 'streams');
    expectEqual(tool.values('log/job').filter(({ event }) => event === 'log'), [
      { event: 'log', line: 'out', source: 'stdout' }, { event: 'log', line: 'err', source: 'stderr' },
    ], 'lines');
  },

  order_stays_where_both_go_to_one_file(tool) {
    const script = 'for i in $(seq 200); do echo $i; echo $i >&2; done';
    const plain = tool.shell(`sh -c '${script}' 2>&1`).out;
    expectEqual(tool.shell(`"$runnel" run job sh -c '${script}' 2>&1`).out === plain, true, 'same order');
  },

  standard_input_is_the_commands(tool) {
    expectEqual(tool.run(['run', 'job', 'cat'], { input: 'through' }).out, 'through', 'output');
  },

  a_silent_job_is_renewed_before_it_counts_as_stalled(tool) {
    const configuration = join(tool.folder, 'stalled.conf');
    writeFileSync(configuration, '[stream]\nstalled = 1\n');
    tool.run(sh('sleep 2'), { env: { RUNNEL_CONFIG: configuration } });
    const states = tool.values('progress/job').filter(({ event }) => event === 'progress');
    expect(states.length >= 3, `its state was sent ${states.length} times in two seconds`);
    expect(states.every(({ state }) => state === 'running'), 'another state than running');
  },

  exit_status_is_the_commands_and_ends_both_channels(tool) {
    expectEqual(tool.run(sh('exit 3')).code, 3, 'exit code');
    expectEqual(last(tool.values('log/job')).event, 'failed', 'end of the log');
    expectEqual(last(tool.values('progress/job')), { event: 'failed', message: 'exit status 3', state: 'failed' }, 'end');
    expectEqual(tool.run(sh('exit 0')).code, 0, 'exit code');
    const end = last(tool.values('progress/job'));
    expect(end.event === 'complete' && end.percent === '100' && /^took \d+\.\d s$/.test(end.message), JSON.stringify(end));
    expectEqual(last(tool.values('log/job')).event, 'complete', 'end of the log');
  },

  a_killed_command_gives_128_and_the_signal(tool) {
    expectEqual(tool.run(sh('kill -KILL $$')).code, 137, 'exit code');
    expectEqual(last(tool.values('log/job')).message, 'killed by SIGKILL', 'message');
  },

  a_command_that_cannot_start_gives_127_or_126(tool) {
    const none = tool.run(['run', 'job', 'no-such-command']);
    expectEqual(none.code, 127, 'exit code');
    expect(/^runnel: no-such-command cannot be started: No such file/.test(none.err), none.err);
    expectEqual(last(tool.values('progress/job')).message, 'cannot start: No such file or directory', 'message');
    expectEqual(tool.run(['run', 'job', '/etc/passwd']).code, 126, 'exit code');
  },

  the_bar_is_indeterminate_until_something_is_known(tool) {
    tool.run(sh('echo nothing to see'));
    expectEqual(tool.values('progress/job')[0], { event: 'progress', state: 'running' }, 'start');
  },

  percentages_and_steps_move_the_bar(tool) {
    tool.run(sh('sleep 1; echo "[ 25%] one"; sleep 1; echo "[2/4] two"; sleep 1; printf "\\033[32m75%%\\033[0m\\r"; sleep 1; exit 1'));
    expectEqual(tool.values('progress/job').map(({ percent, message }) => [percent, message]),
      [[undefined, undefined], ['25', '[ 25%] one'], ['50', '[2/4] two'], ['75', '75%'], ['75', 'exit status 1']], 'progress');
  },

  progress_comes_at_most_ten_times_a_second_and_the_last_one_always(tool) {
    const start = Date.now();
    tool.run(sh('for i in $(seq 0 2 99); do printf "%d%%\\r" $i; sleep 0.02; done; echo 99%; exit 1'));
    const progress = tool.values('progress/job').filter(({ event }) => event === 'progress');
    const allowed = (Date.now() - start) / 100 + 3;
    expect(progress.length > 3 && progress.length <= allowed, `${progress.length} events, ${allowed} allowed`);
    expectEqual(last(progress).percent, '99', 'last');
  },

  what_is_written_over_is_gone_and_a_last_line_counts(tool) {
    tool.run(sh('printf "a\\rb\\r\\nc"'));
    expectEqual(tool.lines('job'), ['b', 'c'], 'lines');
  },

  many_frames_push_nothing_out_of_the_log(tool) {
    tool.run(sh('echo one; i=0; while [ $i -lt 12000 ]; do printf "\\rframe %d" $i; i=$((i+1)); done; printf "\\b\\b\\033[1G\\033[KERROR: disk full\\n"; echo two'));
    expectEqual(tool.lines('job'), ['one', 'ERROR: disk full', 'two'], 'lines');
  },

  async a_line_that_is_not_ended_shows_at_once(tool) {
    const job = tool.start(tool.program, sh('printf "\\r50%%"; sleep 1; printf "\\nContinue? [y/N] "; exec sleep 20'));
    const progress = async (percent, message) => {
      for (let i = 0; i < 100; i++, await sleep(50)) {
        const now = last(tool.values('progress/job'));
        if (now?.percent === percent && now.message === message) return;
      }
      throw new Error(`${message} did not come: ${JSON.stringify(tool.values('progress/job'))}`);
    };
    await progress('50', '50%');
    await progress('50', 'Continue? [y/N]');
    job.child.kill('SIGTERM');
    await job.end;
    expectEqual(tool.lines('job'), ['50%', 'Continue? [y/N]'], 'lines');
  },

  a_long_message_is_cut_at_a_character_and_says_so(tool) {
    tool.run(sh(`printf '50%% ${'進'.repeat(100)}'; sleep 1`));
    const { message } = tool.values('progress/job').find(({ percent }) => percent === '50');
    expect(/^50% 進+…$/.test(message) && Buffer.byteLength(message) <= 200, message);
  },

  markup_escape_codes_and_bad_bytes_become_plain_text(tool) {
    tool.run(sh('printf "<script>\\033[31mred\\033[0m\\377\\n"'));
    expectEqual(tool.lines('job'), ['<script>red\ufffd'], 'lines');
  },

  a_very_long_line_is_cut(tool) {
    const result = tool.run(sh('head -c 300000 /dev/zero | tr "\\0" x; echo; echo next'));
    expectEqual(result.out.length, 300_006, 'output');
    const [line, next] = tool.lines('job');
    expect(line.length < 10_000 && line.endsWith('x…'), `${line.length} characters`);
    expectEqual(next, 'next', 'next line');
  },

  a_hundred_thousand_lines_take_seconds(tool) {
    const start = Date.now();
    const result = tool.run(['run', 'job', 'seq', '100000']);
    const took = (Date.now() - start) / 1000;
    expect(result.out.endsWith('\n100000\n'), 'output');
    const lines = tool.lines('job');
    expectEqual(last(lines), '100000', 'last line');
    expect(took < 60, `${took} s`);
    return `${took.toFixed(1)} s`;
  },

  async signals_sent_to_it_reach_the_command(tool) {
    for (const [name, number] of [['TERM', 'SIGTERM'], ['HUP', 'SIGHUP'], ['INT', 'SIGINT'], ['USR1', 'SIGUSR1']]) {
      const job = tool.start(tool.program, sh(`trap "echo got ${name}; exit 9" ${name}; echo ready; while :; do sleep 0.05; done`));
      await job.until(({ out }) => out.includes('ready'), 'ready');
      job.child.kill(number);
      const { code, out } = await job.end;
      expectEqual([code, out], [9, `ready\ngot ${name}\n`], name);
    }
  },

  async a_signal_that_kills_the_command_is_the_exit_code(tool) {
    const job = tool.start(tool.program, sh('echo ready; exec sleep 20'));
    await job.until(({ out }) => out.includes('ready'), 'ready');
    job.child.kill('SIGTERM');
    expectEqual((await job.end).code, 143, 'exit code');
    expectEqual(last(tool.values('log/job')).message, 'killed by SIGTERM', 'message');
  },

  output_is_passed_on_at_once(tool) {
    const job = tool.start(tool.program, sh('printf prompt; sleep 5'));
    return (async () => {
      await sleep(100);
      await job.until(({ out }) => out === 'prompt', 'the prompt', 3000);
      job.child.kill('SIGTERM');
      await job.end;
    })();
  },

  a_background_child_that_holds_the_pipe_does_not_hold_us(tool) {
    const start = Date.now();
    const result = tool.run(sh('sleep 60 & echo $!; exit 5'));
    process.kill(Number(result.out));
    expectEqual(result.code, 5, 'exit code');
    expect(Date.now() - start < 20_000, `${Date.now() - start} ms`);
    expectEqual(tool.lines('job'), [result.out.trim()], 'lines');
  },

  a_reader_that_leaves_ends_the_command_as_without_us(tool) {
    const { out } = tool.shell('"$runnel" run job yes | head -1; echo ${PIPESTATUS[0]}');
    expectEqual(out, 'y\n141\n', 'output and exit code');
  },

  nested_names_are_channels(tool) {
    tool.run(['run', 'team/build', 'echo', 'x']);
    expectEqual(tool.lines('team/build'), ['x'], 'lines');
  },
};
