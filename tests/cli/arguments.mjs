// Bad arguments: the exit code of sysexits(3) and one sentence that says what to do.
import { expect, expectEqual } from './tool.mjs';

const [USAGE, DATA, NO_INPUT, UNAVAILABLE, CANNOT_CREATE, NO_CONFIG] = [64, 65, 66, 69, 73, 78];

const bad = [
  ['no_such_command', ['frobnicate'], USAGE, /no command "frobnicate".*runnel --help/],
  ['no_such_help', ['help', 'frobnicate'], USAGE, /no command "frobnicate"/],
  ['publish_without_channel', ['publish'], USAGE, /needs a CHANNEL.*runnel help publish/],
  ['publish_unknown_kind', ['publish', 'nokind/x', 'title=x'], USAGE, /no kind "nokind"/],
  ['publish_bad_channel', ['publish', 'feed//x', 'title=x'], USAGE, /empty segment/],
  ['publish_unknown_option', ['publish', 'feed', '--frob'], USAGE, /no option --frob/],
  ['publish_option_without_value', ['publish', 'feed', '--text'], USAGE, /--text needs a value/],
  ['publish_not_key_value', ['publish', 'feed', 'title'], USAGE, /"title" is not key=value/],
  ['publish_two_texts', ['publish', 'feed', '--text', 'a', '-'], USAGE, /exclude each other/],
  ['publish_reserved_event', ['publish', 'feed', 'title=x', '--event', 'close'], USAGE, /"close" is runnel's own/],
  ['publish_browser_event', ['publish', 'feed', 'title=x', '--event', 'click'], USAGE, /browser event/],
  ['publish_nothing', ['publish', 'feed'], DATA, /event is empty/],
  ['publish_bad_level', ['publish', 'notifications', 'title=x', 'level=loud'], DATA, /level must be/],
  ['publish_bad_url', ['publish', 'feed', 'title=x', 'url=javascript:alert(1)'], DATA, /url must be/],
  ['publish_bad_key', ['publish', 'feed', 'a b=x'], DATA, /./],
  ['publish_too_large', ['publish', 'feed', `title=${'x'.repeat(70_000)}`], DATA, /70000 bytes.*at most 65536/],
  ['publish_no_html_file', ['publish', 'feed', '--html', '/nonexistent.html'], NO_INPUT, /nonexistent\.html cannot be read/],
  ['progress_without_percent', ['progress', 'x'], USAGE, /needs a NAME and a PERCENT/],
  ['progress_bad_percent', ['progress', 'x', 'half'], DATA, /percent must be a number from 0 to 100/],
  ['progress_over_100', ['progress', 'x', '101'], DATA, /percent must be a number from 0 to 100/],
  ['progress_unquoted_message', ['progress', 'x', '40', 'Reading', 'orders'], USAGE, /"orders" is one argument too many.*quotes/],
  ['progress_bad_name', ['progress', 'a b', '40'], USAGE, /A-Z a-z 0-9/],
  ['done_without_name', ['done'], USAGE, /done needs a NAME/],
  ['fail_without_name', ['fail'], USAGE, /fail needs a NAME/],
  ['log_without_name', ['log'], USAGE, /log needs one NAME/],
  ['log_bad_name', ['log', '..'], USAGE, /"\." or "\.\."/],
  ['run_without_name', ['run'], USAGE, /needs a NAME and a COMMAND/],
  ['run_without_command', ['run', 'x', '--'], USAGE, /needs a COMMAND after the NAME x/],
  ['run_bad_name', ['run', 'a/', 'true'], USAGE, /empty segment/],
  ['tail_without_channel', ['tail'], USAGE, /tail needs a CHANNEL/],
  ['tail_bad_id', ['tail', 'feed', '--since', 'yesterday'], USAGE, /"yesterday" is no id/],
  ['show_absent_channel', ['show', 'feed/none'], NO_INPUT, /feed\/none holds no event.*runnel channels/],
  ['show_without_channel', ['show'], USAGE, /show needs one CHANNEL/],
  ['remove_absent_channel', ['remove', 'feed/none'], NO_INPUT, /feed\/none holds no event/],
  ['channels_with_argument', ['channels', 'x'], USAGE, /takes no argument/],
  ['init_without_directory', ['init'], USAGE, /init needs one DIR/],
  ['init_unknown_group', ['init', '/tmp/runnel-none', '--group', 'no-such-group'], USAGE, /no group "no-such-group"/],
  ['init_of_a_full_directory', ['init', '/etc'], CANNOT_CREATE, /holds other files and no store/],
];

function refuses([, args, code, sentence]) {
  return (tool) => {
    tool.ok(['channels']); // the store is there before, and as it was afterwards
    const result = tool.run(args);
    expectEqual(result.code, code, 'exit code');
    expect(/^runnel: [^\n]+\n$/.test(result.err), `not one sentence: ${JSON.stringify(result.err)}`);
    expect(sentence.test(result.err), `the sentence is ${result.err}`);
    expectEqual(result.out, '', 'standard output');
    expectEqual(tool.ok(['channels']), '', 'the store');
  };
}

const promises = Object.fromEntries(bad.map((row) => [`${row[0]}_is_refused`, refuses(row)]));

promises.a_missing_store_is_said_with_what_to_do = (tool) => {
  const result = tool.run(['publish', 'feed', 'title=x'], { env: { RUNNEL_STORE: '/nonexistent' } });
  expectEqual(result.code, UNAVAILABLE, 'exit code');
  expect(/runnel init DIR/.test(result.err), result.err);
};

promises.a_bad_configuration_is_said = (tool) => {
  const result = tool.run(['publish', 'feed', 'title=x'], { env: { RUNNEL_CONFIG: '/nonexistent.ini' } });
  expectEqual(result.code, NO_CONFIG, 'exit code');
  expect(/nonexistent\.ini cannot be read/.test(result.err), result.err);
};

promises.help_and_version_go_to_standard_output = (tool) => {
  expect(/^Usage: runnel COMMAND/.test(tool.ok(['--help'])), 'runnel --help');
  expect(/^runnel \S+ \(SQLite 3\.\d+\.\d+\)\n$/.test(tool.ok(['--version'])), 'runnel --version');
  expect(/^Usage: runnel tail /.test(tool.ok(['help', 'tail'])), 'runnel help tail');
  expect(/^Usage: runnel run /.test(tool.ok(['run', '--help'])), 'runnel run --help');
  expect(tool.run([]).code === USAGE, 'runnel alone');
};

promises.options_may_stand_after_arguments_and_two_dashes_end_them = (tool) => {
  tool.ok(['publish', 'feed', 'title=a', '--event', 'edited']);
  tool.ok(['progress', 'x', '5', '--', '--message']);
  expectEqual(tool.events('feed')[0].event, 'edited', 'event');
  expectEqual(tool.values('progress/x')[0].message, '--message', 'message');
};

export const argumentPromises = promises;
