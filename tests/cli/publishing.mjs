// publish, progress, done, fail, log: what goes in can be read, and nothing gets lost on the way.
import { execFileSync } from 'node:child_process';
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

  percents_are_taken_as_languages_print_them(tool) {
    const printed = { '33.333333333333336': '33.33', '1e2': '100', '1E+01': '10', '.5': '0.5', '5.': '5', '+40': '40', '040': '40', '1e-7': '0', '100.0': '100',
      '-0': '0', '-0.0': '0', '4.0e1': '40', ' 40\n': '40', '40 %': '40', '45,3': '45.3', '99.999': '99.99' };
    for (const [text, percent] of Object.entries(printed)) {
      tool.ok(['progress', 'p', text]);
      expectEqual(tool.values('progress/p').at(-1).percent, percent, text);
    }
    for (const text of ['101', '100.4', '-1', '-.5', 'inf', 'nan', '0x10', '1_0', '1e400', 'true'])
      expectEqual(tool.run(['progress', 'p', text]).code, 65, text);
    expect(/ 99%/.test(tool.ok(['show', 'progress/p'])), 'shown whole');
  },

  what_shows_nothing_is_refused(tool) {
    for (const values of [['title='], ['title=\u00a0\u200b'], ['body=x'], ['--text', '\n'], ['--html', '/dev/null']]) {
      const { code, err } = tool.run(['publish', 'feed', ...values]);
      expect(code === 65 && /would show nothing|needs title/.test(err), `${values}: ${code} ${err}`);
    }
    expect(/did you mean title\?/.test(tool.run(['publish', 'feed', 'text=x']).err), 'the hint');
  },

  texts_are_cleaned_on_every_way_in(tool) {
    const dirty = '\ufeffa\x1b[31mb\u009b0m\x1b(B\u2028\x07c';
    tool.ok(['publish', 'feed', `title=${dirty}\r\nd`, 'body=e\r\nf\rg']);
    tool.ok(['publish', 'feed', '--text', dirty]);
    tool.ok(['publish', 'feed', '-'], { input: `${dirty}\n` });
    tool.ok(['progress', 'p', '4', dirty]);
    expectEqual(tool.events('feed').map(({ values }) => values), [{ title: 'abc d', body: 'e\nf\ng' }, { title: 'abc' }, { title: 'abc' }], 'feed');
    expectEqual(tool.values('progress/p')[0].message, 'abc', 'message');
  },

  nothing_stored_moves_a_terminal(tool) {
    tool.ok(['publish', 'feed', 'title=x']);
    // as somebody would who may write the store: raw controls in every column
    const raw = `char(27)||'[2J'||char(155)||'31m'||char(127)||char(8238)`;
    execFileSync('sqlite3', [join(tool.store, 'events.db'), `UPDATE event SET name = 'a'||${raw}, vals = '{"title":"b'||char(155)||char(127)||'\\u001b[2J","percent":"\\u001bc","k":"'||char(8238)||'"}'`]);
    const control = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e]/;
    for (const line of [['show', 'feed'], ['channels']]) expect(!control.test(tool.ok(line)), `${line}: ${JSON.stringify(tool.ok(line))}`);
    for (const event of [tool.events('feed')[0]]) expect(event.values.k === '\u202e' && event.event.startsWith('a'), 'JSON keeps it, escaped');
    for (const refusal of [['show', 'a\x1b[2J'], ['publish', 'feed', 'url=\x1b\u009b', 'title=x'], ['publish', 'feed', 'a\x1b'], ['\x1b[2J'], ['progress', 'p', '\x1b[2J'], ['tail', 'feed', '--since', '\x1b']])
      expect(!control.test(tool.run(refusal).err), JSON.stringify(tool.run(refusal).err));
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
