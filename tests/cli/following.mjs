// runnel tail: the past it starts with, what comes, and what is missing.
import { expect, expectEqual, sleep } from './tool.mjs';

const texts = (out) => out.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line).values).map(({ line, title, message }) => line ?? title ?? message);

export const followingPromises = {
  async it_starts_with_what_the_kind_starts_with(tool) {
    tool.ok(['log', 'x'], { input: Array.from({ length: 250 }, (_, i) => i).join('\n') });
    tool.ok(['publish', 'notifications', 'title=old']);
    const tail = tool.start(tool.program, ['tail', '--json', 'log/x', 'notifications']);
    await tail.until(({ out }) => out.split('\n').length === 201, '200 lines');
    tool.ok(['publish', 'notifications', 'title=new']);
    await tail.until(({ out }) => out.includes('"new"'), 'the new one');
    expectEqual([texts(tail.out)[0], texts(tail.out).length, tail.out.includes('old')], ['50', 201, false], 'start');
  },

  async since_an_id_it_shows_what_came_after(tool) {
    const [, second] = [1, 2, 3].map((n) => tool.ok(['publish', 'feed', `title=${n}`]).trim());
    const tail = tool.start(tool.program, ['tail', 'feed', '--since', second, '--json']);
    await tail.until(({ out }) => out.includes('\n'), 'the third');
    tool.ok(['publish', 'feed', 'title=4']);
    await tail.until(({ out }) => out.includes('"4"'), 'the fourth');
    expectEqual(texts(tail.out), ['3', '4'], 'titles');
    expectEqual(tail.err, '', 'standard error');
  },

  async an_event_shows_at_once(tool) {
    tool.ok(['publish', 'feed', 'title=first']);
    const tail = tool.start(tool.program, ['tail', 'feed']);
    await tail.until(({ out }) => out.includes('first'), 'the first');
    tool.ok(['publish', 'feed', 'title=second']);
    const start = Date.now();
    await tail.until(({ out }) => out.includes('second'), 'the second');
    expect(Date.now() - start < 1500, `${Date.now() - start} ms`);
  },

  async channels_are_in_one_order(tool) {
    for (let i = 0; i < 6; i++) tool.ok(['publish', i % 2 ? 'feed/a' : 'feed/b', `title=${i}`]);
    const tail = tool.start(tool.program, ['tail', 'feed/a', 'feed/b', '--json']);
    await tail.until(({ out }) => out.split('\n').length === 7, 'six events');
    expectEqual(texts(tail.out), ['0', '1', '2', '3', '4', '5'], 'order');
  },

  async it_ends_when_all_it_follows_has_ended(tool) {
    const tail = tool.start(tool.program, ['tail', 'log/job', 'progress/job']);
    await sleep(300);
    tool.ok(['run', 'job', 'echo', 'hello']);
    const { code, out } = await tail.end;
    expectEqual(code, 0, 'exit code');
    expect(/log\/job +log +hello/.test(out) && /progress\/job +complete +100% +took/.test(out), out);
  },

  a_finished_channel_shows_its_end_and_ends(tool) {
    tool.ok(['progress', 'x', '40']);
    tool.ok(['done', 'x']);
    const id = tool.ok(['channels']).trim().split('\t')[4];
    expectEqual(tool.ok(['tail', 'progress/x']).trim().split('\n').length, 1, 'events');
    expectEqual(tool.ok(['tail', 'progress/x', '--since', id]), '', 'after its end');
  },

  async another_epoch_is_a_gap(tool) {
    tool.ok(['publish', 'feed', 'title=x']);
    const tail = tool.start(tool.program, ['tail', 'feed', '--since', 'zzzzz-1', '--json']);
    await tail.until(({ out }) => out.includes('"x"'), 'the start');
    expect(/^gap: .*another epoch/.test(tail.err), tail.err);
  },

  async what_is_no_longer_kept_is_a_gap(tool) {
    const first = tool.ok(['publish', 'notifications', 'title=1']).trim();
    for (let i = 0; i < 3; i++) tool.shell('for i in $(seq 70); do "$runnel" publish notifications title=n >/dev/null; done');
    const tail = tool.start(tool.program, ['tail', 'notifications', '--since', first, '--json']);
    await tail.until(({ out }) => out.split('\n').length === 201, '200 events');
    expect(/^gap: notifications: events after the id are no longer kept/.test(tail.err), tail.err);
  },

  async an_interrupt_gives_130(tool) {
    tool.ok(['publish', 'feed', 'title=x']);
    const tail = tool.start(tool.program, ['tail', 'feed']);
    await tail.until(({ out }) => out.includes('x'), 'the start');
    tail.child.kill('SIGINT');
    expectEqual((await tail.end).code, 130, 'exit code');
  },

  it_ends_in_silence_with_its_reader(tool) {
    tool.ok(['publish', 'feed', 'title=x']);
    const start = Date.now();
    const result = tool.shell('"$runnel" tail feed | head -1');
    expectEqual([result.code, result.err], [0, ''], 'exit code and standard error');
    expect(Date.now() - start < 5000, 'soon');
  },

  async a_publisher_cannot_write_to_our_terminal(tool) {
    tool.ok(['publish', 'feed', 'title=a\u001b[2Jb\nc']);
    const tail = tool.start(tool.program, ['tail', 'feed']);
    await tail.until(({ out }) => out.includes('c'), 'the line');
    expect(/  ab c\n$/.test(tail.out), JSON.stringify(tail.out));
  },
};
