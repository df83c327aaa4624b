// In a terminal, which script(1) makes: colours, sizes, Ctrl-C and newlines stay as they are without runnel.
import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { expect, expectEqual, sleep } from './tool.mjs';

// script(1) runs the line with $SHELL, and shells differ: always the plain one.
const inTerminal = (tool, line) => tool.start('script', ['-qefc', line, '/dev/null'], { env: { SHELL: '/bin/sh' } });

export const terminalPromises = {
  async a_terminal_stays_a_terminal(tool) {
    const { out } = await inTerminal(tool, `"$runnel" run job sh -c 'test -t 0 && test -t 1 && test -t 2 && echo all three'`).end;
    expectEqual(out, 'all three\r\n', 'output');
  },

  async a_pipe_stays_a_pipe_beside_a_terminal(tool) {
    const { out } = await inTerminal(tool, `"$runnel" run job sh -c 'test -t 1 || echo pipe; test -t 2 && echo terminal' | cat`).end;
    expectEqual(out, 'pipe\r\nterminal\r\n', 'output');
  },

  async newlines_are_not_doubled(tool) {
    const plain = await inTerminal(tool, `printf 'a\\nb\\r\\n\\tc\\n'`).end;
    const ours = await inTerminal(tool, `"$runnel" run job printf 'a\\nb\\r\\n\\tc\\n'`).end;
    expectEqual(ours.out, plain.out, 'output');
    expectEqual(tool.lines('job'), ['a', 'b', '\tc'], 'lines');
  },

  async order_stays_where_both_go_to_one_terminal(tool) {
    const script = 'for i in $(seq 200); do echo $i; echo $i >&2; done';
    const plain = await inTerminal(tool, script).end;
    const ours = await inTerminal(tool, `"$runnel" run job sh -c '${script}'`).end;
    expect(ours.out === plain.out, 'another order');
    expectEqual(tool.lines('job').join('\n'), Array.from({ length: 200 }, (_, i) => `${i + 1}\n${i + 1}`).join('\n'), 'lines');
  },

  async standard_error_is_told_apart_from_a_pipe(tool) {
    await inTerminal(tool, `"$runnel" run job sh -c 'echo wrong >&2' | cat`).end;
    expectEqual(tool.values('log/job')[0], { event: 'log', line: 'wrong', source: 'stderr' }, 'line');
  },

  async an_interactive_shell_has_job_control(tool) {
    const job = inTerminal(tool, `exec "$runnel" run job bash --norc --noprofile -i`);
    await job.until(({ out }) => /[$#] $/.test(out), 'a prompt');
    job.child.stdin.write('sleep 30 & jobs\nfg\n');
    await job.until(({ out }) => /Running[^]*sleep 30\r\n/.test(out), 'the job');
    await sleep(300);
    job.child.stdin.write('\x1a');
    await job.until(({ out }) => /Stopped/.test(out), 'the stopped job');
    job.child.stdin.write('kill -9 %1\n');
    await sleep(500);
    job.child.stdin.write('exit 7\nexit 7\n'); // the first may only say that there are stopped jobs
    const { code, out } = await job.end;
    expect(!/job control/.test(out), out);
    expectEqual(code, 7, 'exit code');
  },

  async ctrl_z_stops_it_and_fg_goes_on(tool) {
    const shell = inTerminal(tool, 'exec bash --norc --noprofile -i');
    await shell.until(({ out }) => /[$#] $/.test(out), 'a prompt');
    shell.child.stdin.write(`stty -a | md5sum; "$runnel" run job sh -c 'echo re"ady"; sleep 2; sleep 1; echo wo"ke"; exit 3'\n`);
    await shell.until(({ out }) => out.includes('ready\r'), 'ready');
    await sleep(1000); // stopped between vfork() and exec(), the child of sh keeps sh from stopping, in any terminal
    shell.child.stdin.write('\x1a');
    await shell.until(({ out }) => out.includes('Stopped'), 'the stop');
    await sleep(3500);
    expect(!shell.out.includes('woke'), 'it ran on');
    shell.child.stdin.write('fg\n');
    await shell.until(({ out }) => out.includes('woke\r'), 'the end');
    shell.child.stdin.write('echo code=$?; stty -a | md5sum; exit\n');
    const { out } = await shell.end;
    expect(/code=3\r/.test(out), out);
    const settings = out.match(/[0-9a-f]{32}/g);
    expectEqual(settings[0], settings[1], 'settings of the terminal');
  },

  async a_terminal_that_goes_ends_the_command(tool) {
    const job = inTerminal(tool, `exec "$runnel" run job sh -c 'echo pid=$$; exec sleep 60'`);
    await job.until(({ out }) => /pid=\d+\r/.test(out), 'the pid');
    const pid = Number(job.out.match(/pid=(\d+)/)[1]);
    const ours = Number(readFileSync(`/proc/${job.child.pid}/task/${job.child.pid}/children`, 'utf8').trim());
    process.kill(ours, 'SIGKILL'); // runnel itself
    for (let i = 0; i < 100; i++, await sleep(50)) {
      try { process.kill(pid, 0); } catch { return; }
    }
    process.kill(pid, 'SIGKILL');
    throw new Error('the command is still there');
  },

  async what_is_typed_reaches_the_command(tool) {
    const job = inTerminal(tool, `exec "$runnel" run job sh -c 'read -r line; echo "got $line"; cat; echo end'`);
    job.child.stdin.write('hello\n');
    await job.until(({ out }) => out.includes('got hello'), 'the line');
    job.child.stdin.write('\x04');
    await job.until(({ out }) => out.includes('end'), 'the end of input');
    expectEqual((await job.end).code, 0, 'exit code');
  },

  async whoever_a_command_leaves_behind_lives_on(tool) {
    const { out } = await inTerminal(tool, `"$runnel" run job sh -c 'sleep 20 & echo pid=$!'; sleep 0.3; echo after`).end;
    const pid = Number(out.match(/pid=(\d+)/)[1]);
    process.kill(pid, 'SIGKILL'); // throws when it is gone
  },

  async a_job_of_the_background_runs_there(tool) {
    const shell = inTerminal(tool, 'exec bash --norc --noprofile -i');
    await shell.until(({ out }) => /[$#] $/.test(out), 'a prompt');
    shell.child.stdin.write(`"$runnel" run job sh -c 'sleep 0.5; echo do"ne"' & wait; echo "code $?"; exit\n`);
    const { out } = await shell.end;
    expect(out.includes('done\r') && out.includes('code 0'), out);
  },

  async the_window_size_is_kept_and_follows(tool) {
    const job = inTerminal(tool, `stty rows 31 cols 101; "$runnel" run job sh -c 'stty size <&1; read go; stty size <&1'`);
    await job.until(({ out }) => out.includes('31 101'), 'the size');
    // the terminal changes while the command runs: the process below script(1) has it as its standard input
    const shell = readFileSync(`/proc/${job.child.pid}/task/${job.child.pid}/children`, 'utf8').trim();
    spawnSync('stty', ['-F', readlinkSync(`/proc/${shell}/fd/0`), 'rows', '32', 'cols', '102']);
    await sleep(300);
    job.child.stdin.write('\n');
    await job.until(({ out }) => out.includes('32 102'), 'the new size');
  },

  async ctrl_c_reaches_the_command_once(tool) {
    // exec: a shell above would get the interrupt too, and not every shell says afterwards how its child ended
    const job = inTerminal(tool, `exec "$runnel" run job sh -c 'trap "echo int" INT; echo ready; sleep 1; sleep 1; exit 7'`);
    await job.until(({ out }) => out.includes('ready'), 'ready');
    job.child.stdin.write('\x03');
    const { code, out } = await job.end;
    expectEqual(out.match(/int/g)?.length, 1, `interrupts in ${JSON.stringify(out)}`);
    expectEqual(code, 7, 'exit code');
  },

  async channels_are_a_table_in_a_terminal(tool) {
    tool.ok(['publish', 'feed', 'title=x']);
    const { out } = await inTerminal(tool, '"$runnel" channels').end;
    expect(/^CHANNEL +EVENTS +LAST/.test(out), out);
    expect(/^feed\t1\tnew-post\t/.test(tool.ok(['channels'])), 'in a pipe: fields and tabs');
  },
};
