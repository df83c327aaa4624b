// init, channels, show, remove.
import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { expect, expectEqual } from './tool.mjs';

const mode = (path) => (lstatSync(path).mode & 0o7777).toString(8);
const gid = (path) => lstatSync(path).gid;

// A group that this user may give files to, and another one when root.
const group = () => (userInfo().uid === 0 ? { name: 'www-data', gid: Number(/^www-data:[^:]*:(\d+)/m.exec(readFileSync('/etc/group', 'utf8'))?.[1] ?? 33) } : { name: String(userInfo().gid), gid: userInfo().gid });

export const storePromises = {
  init_makes_a_store_for_this_user_alone(tool) {
    const store = join(tool.folder, 'a/b/store');
    const out = tool.ok(['init', store]);
    expectEqual([mode(store), mode(join(store, 'events.db')), mode(join(store, 'secret'))], ['700', '600', '640'], 'modes');
    expect(out.includes(`RUNNEL_STORE=${store}`) && out.includes('--group www-data'), out);
    tool.ok(['publish', 'feed', 'title=x'], { env: { RUNNEL_STORE: store } });
  },

  init_writes_a_secret_of_32_bytes_once(tool) {
    const store = join(tool.folder, 'new');
    tool.ok(['init', store]);
    const secret = readFileSync(join(store, 'secret'), 'utf8');
    expect(/^[A-Za-z0-9_-]{43}\n$/.test(secret), secret);
    expectEqual(Buffer.from(secret.trim(), 'base64url').length, 32, 'bytes');
    tool.ok(['init', store]);
    expectEqual(readFileSync(join(store, 'secret'), 'utf8'), secret, 'secret after a second init');
  },

  init_with_a_group_shares_all_files(tool) {
    const { name, gid: wanted } = group();
    const store = join(tool.folder, 'shared');
    tool.ok(['init', store, '--group', name]);
    tool.ok(['publish', 'feed', 'title=x'], { env: { RUNNEL_STORE: store } });
    const files = ['', 'events.db', 'bells', 'bells/00', 'bells/31', 'secret'];
    expectEqual(files.map((file) => mode(join(store, file))), ['2770', '660', '2770', '660', '660', '640'], 'modes');
    for (const file of files) expectEqual(gid(join(store, file)), wanted, `group of ${file || 'the directory'}`);
  },

  init_with_a_group_shares_a_store_that_is_there(tool) {
    const { name, gid: wanted } = group();
    const store = join(tool.folder, 'later');
    tool.ok(['init', store]);
    const id = tool.ok(['publish', 'feed', 'title=x'], { env: { RUNNEL_STORE: store } });
    tool.ok(['init', `${store}/`, `--group=${name}`]);
    const files = ['', 'events.db', 'bells', 'bells/00', 'secret'];
    expectEqual(files.map((file) => mode(join(store, file))), ['2770', '660', '2770', '660', '640'], 'modes');
    for (const file of files) expectEqual(gid(join(store, file)), wanted, `group of ${file || 'the directory'}`);
    expect(tool.ok(['channels'], { env: { RUNNEL_STORE: store } }).endsWith(id), 'the event is still there');
  },

  init_does_not_follow_links(tool) {
    const victim = join(tool.folder, 'victim');
    writeFileSync(victim, 'x');
    chmodSync(victim, 0o600);
    for (const file of ['secret', 'bells/00']) {
      const store = join(tool.folder, `linked-${file.slice(0, 5)}`);
      tool.ok(['init', store]);
      unlinkSync(join(store, file));
      symlinkSync(victim, join(store, file));
      const result = tool.run(['init', store, '--group', group().name]);
      expectEqual([result.code, mode(victim)], [73, '600'], `exit code and mode, ${file} a link`);
    }
  },

  init_leaves_other_directories_alone(tool) {
    const other = join(tool.folder, 'other');
    mkdirSync(other, { mode: 0o755 });
    writeFileSync(join(other, 'file'), 'x');
    expectEqual(tool.run(['init', other, '--group', group().name]).code, 73, 'exit code');
    expectEqual(mode(other), '755', 'mode');
  },

  init_makes_an_empty_directory_that_is_there_its_owners_alone(tool) {
    const empty = join(tool.folder, 'empty');
    mkdirSync(empty);
    chmodSync(empty, 0o755);
    tool.ok(['init', empty]);
    expectEqual([mode(empty), mode(join(empty, 'events.db')), mode(join(empty, 'bells')), mode(join(empty, 'bells/00'))], ['700', '600', '700', '600'], 'modes');
    tool.ok(['channels'], { env: { RUNNEL_STORE: empty } });
  },

  init_below_a_file_cannot_be(tool) {
    writeFileSync(join(tool.folder, 'file'), '');
    const result = tool.run(['init', join(tool.folder, 'file/store')]);
    expectEqual(result.code, 73, 'exit code');
    expect(/^runnel: .*cannot be made/.test(result.err), result.err);
  },

  // A pager that waits for its reader must not keep the log from being taken back.
  async a_show_that_nobody_reads_holds_no_reading(tool) {
    tool.ok(['log', 'x'], { input: `${'a long line of a log '.repeat(20)}\n`.repeat(5000) });
    const epoch = tool.ok(['channels']).trim().split('\t').pop().replace(/-\d+$/, '');
    const slow = [['show', 'log/x'], ['tail', 'log/x', '--since', `${epoch}-0`]].map((args) => tool.start(tool.program, args));
    for (const reader of slow) {
      reader.child.stdout.once('data', () => reader.child.stdout.pause());
      await reader.until(({ out }) => out.length > 0, 'the first byte');
    }
    const log = () => statSync(join(tool.store, 'events.db-wal')).size;
    for (let i = 0; i < 8; i++) tool.ok(['log', `y${i}`], { input: `${'another long line '.repeat(60)}\n`.repeat(5000) });
    expect(log() < 20 << 20, `the write-ahead log has ${log()} bytes`);
  },

  a_publisher_with_a_wrong_clock_deletes_nothing(tool) {
    if (tool.shell('command -v faketime').code !== 0) return 'skipped: faketime is not installed';
    tool.ok(['publish', 'feed', 'title=old']);
    for (const offset of ['+40d', '-40d', '+400d', '+40d x1000']) {
      const result = tool.shell(`faketime -f '${offset}' "$runnel" publish notifications title=wrong`);
      expectEqual([result.code, result.err], [0, ''], offset);
    }
    tool.ok(['publish', 'notifications', 'title=right']);
    expectEqual(tool.values('feed').map(({ title }) => title), ['old'], 'events of the feed');
    expectEqual(tool.values('notifications').length, 5, 'notifications');
    return undefined;
  },

  a_command_without_the_configuration_trims_nothing(tool) {
    const configuration = join(tool.folder, 'site.conf');
    writeFileSync(configuration, '[kind "feed"]\nkeep = 700\n');
    for (let i = 0; i < 3; i++) tool.ok(['publish', 'feed', `title=${i}`], { env: { RUNNEL_CONFIG: configuration } });
    tool.shell('for i in $(seq 600); do "$runnel" publish feed title=cron >/dev/null || exit 1; done');
    expect(/^feed\t603\t/.test(tool.ok(['channels'])), tool.ok(['channels']));
  },

  remove_says_how_many_and_removes_them(tool) {
    tool.ok(['log', 'x'], { input: '1\n2\n3\n' });
    tool.ok(['publish', 'feed', 'title=stays']);
    expectEqual(tool.ok(['remove', 'log/x']), 'Removed log/x and its 3 events.\n', 'output');
    expect(/^feed\t1\t[^\n]*\n$/.test(tool.ok(['channels'])), 'the other channel stays');
    expectEqual(tool.run(['remove', 'log/x']).code, 66, 'exit code of a second remove');
  },

  show_gives_the_facts_and_the_latest_state_of_a_bar(tool) {
    tool.ok(['progress', 'x', '10']);
    tool.ok(['progress', 'x', '20', 'further']);
    const [facts, state, ...rest] = tool.ok(['show', 'progress/x']).trimEnd().split('\n');
    expect(/^progress\/x: 2 of 2 events kept, last id \S+-2$/.test(facts), facts);
    expect(/progress +20% +further$/.test(state), state);
    expectEqual(rest, [], 'rest');
  },

  show_gives_every_event_of_other_kinds(tool) {
    tool.ok(['log', 'x'], { input: '1\n2\n3\n' });
    expectEqual(tool.ok(['show', 'log/x']).trimEnd().split('\n').length, 4, 'lines');
  },
};
