// publish, progress, done, fail, log: what goes in can be read, and nothing gets lost on the way.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, expectEqual, sleep } from './tool.mjs';

export const publishingPromises = {
  publish_prints_the_id_of_the_event(tool) {
    const id = tool.ok(['publish', 'notifications', 'title=Hello', 'level=success']).trim();
    const [event] = tool.events('notifications');
    expectEqual(event.id, id, 'id');
    expectEqual(event.values, { title: 'Hello', level: 'success' }, 'values');
  },

  text_comes_from_an_argument_or_standard_input(tool) {
    tool.ok(['publish', 'feed', '--text', 'one']);
    tool.ok(['publish', 'feed', '-', 'author=me'], { input: 'two\n' });
    expectEqual(tool.events('feed').map(({ values }) => values), [{ title: 'one' }, { author: 'me', title: 'two' }], 'values');
  },

  ready_made_html_is_stored_as_it_is(tool) {
    const file = join(tool.folder, 'post.html');
    writeFileSync(file, '<b>post</b>\n');
    tool.ok(['publish', 'feed', '--html', file]);
    tool.ok(['publish', 'feed', '--html', '-'], { input: '<i>post</i>' });
    expect(/12 bytes of HTML[^]*11 bytes of HTML/.test(tool.ok(['show', 'feed'])), 'fragments');
    expectEqual(tool.run(['publish', 'feed', '--html', '-'], { input: 'a\0b' }).code, 65, 'HTML with NUL');
  },

  progress_done_and_fail_make_the_states(tool) {
    tool.ok(['progress', 'import', '40%', 'Reading orders']);
    tool.ok(['progress', 'import', '-']);
    tool.ok(['done', 'import', 'all in']);
    tool.ok(['fail', 'other', 'no disk']);
    expectEqual(tool.values('progress/import'), [
      { event: 'progress', percent: '40', message: 'Reading orders', state: 'running' },
      { event: 'progress', state: 'running' },
      { event: 'complete', message: 'all in', percent: '100', state: 'done' },
    ], 'import');
    expectEqual(tool.values('progress/other'), [{ event: 'failed', message: 'no disk', state: 'failed' }], 'other');
  },

  a_login_is_given_as_it_is_or_escaped(tool) {
    const written = ['~alice@example.org', '~alice~40example.org', '~alic~65@example.org'];
    for (const name of written) {
      tool.ok(['publish', `notifications/${name}`, 'title=x']);
      tool.ok(['progress', name, '40']);
      tool.ok(['log', name], { input: 'line\n' });
      tool.ok(['run', name, '--', 'true']);
    }
    const names = tool.ok(['channels']).trim().split('\n').map((row) => row.split('\t')[0]).sort();
    expectEqual(names, ['log/~alice~40example.org', 'notifications/~alice~40example.org', 'progress/~alice~40example.org'], 'channels');
    for (const name of written) expect(/alice~40example\.org: 3 of 3/.test(tool.ok(['show', `notifications/${name}`])), `show ${name}`);
    expectEqual(tool.ok(['tail', '--json', `progress/${written[0]}`]).includes('alice~40'), true, 'tail');
    tool.ok(['remove', 'notifications/~alice@example.org']);
    expectEqual(tool.run(['show', 'notifications/~alice~40example.org']).code, 66, 'removed');
    for (const args of [['publish', 'notifications/~me', 'title=x'], ['tail', 'log/~me'], ['progress', '~me', '1'], ['run', '~me', 'true'], ['show', 'log/~']]) {
      expectEqual(tool.run(args).code, 64, args.join(' '));
    }
  },

  two_shells_publishing_at_once_lose_nothing(tool) {
    const loop = 'for i in $(seq 60); do "$runnel" publish feed title=$i || exit 1; done';
    const result = tool.shell(`(${loop}) & first=$!; (${loop}); second=$?; wait $first && exit $second`);
    expectEqual(result.code, 0, `exit code (${result.err})`);
    expectEqual(new Set(result.out.trim().split('\n')).size, 120, 'ids');
    expectEqual(tool.ok(['channels']).split('\t')[1], '120', 'events');
  },

  log_makes_an_event_of_each_line(tool) {
    tool.ok(['log', 'x'], { input: 'one\n\ntwo\r\n<b>&\nlast' });
    expectEqual(tool.lines('x'), ['one', '', 'two', '<b>&', 'last'], 'lines');
    expect(!tool.values('log/x').some(({ event }) => event !== 'log'), 'log ended its channel');
  },

  log_mends_what_is_no_text(tool) {
    tool.ok(['log', 'x'], { input: Buffer.from('\x1b[1;31mred\x1b[0m \xff\x00 tab\t\n', 'latin1') });
    expectEqual(tool.lines('x'), ['red \ufffd tab\t'], 'lines');
  },

  log_stores_a_lone_line_at_once(tool) {
    const log = tool.start(tool.program, ['log', 'x']);
    return (async () => {
      await sleep(200);
      log.child.stdin.write('lone\n');
      const start = Date.now();
      while (tool.run(['channels']).out === '') expect(Date.now() - start < 5000, 'it never came');
      const took = Date.now() - start;
      expect(took < 4000, `it took ${took} ms`);
      log.child.stdin.end();
      expectEqual((await log.end).code, 0, 'exit code');
      return `${took} ms`;
    })();
  },

  log_loses_nothing_of_a_long_input(tool) {
    const input = Array.from({ length: 9000 }, (_, i) => `line ${i}`).join('\n');
    tool.ok(['log', 'x'], { input });
    expectEqual(tool.lines('x').join('\n') === input, true, 'all lines in order');
  },

  async log_stores_what_it_read_before_a_signal(tool) {
    const log = tool.start(tool.program, ['log', 'x']);
    log.child.stdin.write('taken\n');
    while (tool.run(['channels']).out === '') await sleep(20);
    log.child.stdin.write('and half');
    await sleep(300);
    log.child.kill('SIGTERM');
    expectEqual((await log.end).code, 143, 'exit code');
    expectEqual(tool.lines('x'), ['taken', 'and half'], 'lines');
  },
};
