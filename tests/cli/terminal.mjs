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

  async standard_error_is_told_apart(tool) {
    await inTerminal(tool, `"$runnel" run job sh -c 'echo wrong >&2'`).end;
    expectEqual(tool.values('log/job')[0], { event: 'log', line: 'wrong', source: 'stderr' }, 'line');
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
