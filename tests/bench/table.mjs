// The figures: one row each, printed as they come, and the section of RESULTS.md that they make.

import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

const results = new URL('RESULTS.md', import.meta.url);
const rows = [];

const known = (value) => value !== null && value !== undefined && !Number.isNaN(value);
const number = (value) => value >= 1000 ? `${(value / 1000).toFixed(value >= 100000 ? 0 : 1)} k`
  : value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
const show = (value) => typeof value === 'string' ? value : known(value) ? number(value) : 'no result';

// Goals.
export const atLeast = (n, text = n) => ({ text: `≥ ${text}`, reached: (x) => x >= n });
export const atMost = (n, text = n) => ({ text: `≤ ${text}`, reached: (x) => x <= n });
const noGoal = { text: '', reached: () => null };

function add(work, against, runnel, ratio, judged, goal) {
  const verdict = known(judged) ? { true: 'yes', false: 'NO', null: '' }[goal.reached(judged)] : 'no result';
  rows.push([work, against, runnel, ratio, goal.text, verdict]);
  console.log(rows.at(-1).join(' | '));
}

// A figure of runnel's own, which the goal is for; another's beside it is only to look at.
export function figure(work, runnel, goal = noGoal, against = '') {
  add(work, show(against), show(runnel), '', runnel, goal);
}

// runnel's figure over another's: the goal is for the ratio. What is not installed has no figure and no ratio.
export function compare(work, against, runnel, goal = noGoal) {
  const ratio = against > 0 ? runnel / against : NaN;
  add(work, show(against), show(runnel), known(ratio) ? `${number(ratio)} ×` : '', ratio, goal);
}

export const failed = (part) => add(`${part}: the measurement itself failed`, '', 'no result', '', null, noGoal);

function table() {
  const head = ['work', 'against', 'runnel', 'ratio', 'goal', 'reached'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

// The text with the section of that heading replaced; a new one goes before the prose on what was tried.
export function withSection(text, title, section) {
  const parts = text.split(/^(?=## )/m);
  const at = (heading) => parts.findIndex((part) => part.startsWith(`## ${heading}\n`));
  if (at(title) >= 0) parts[at(title)] = section;
  else parts.splice(at('What was tried') >= 0 ? at('What was tried') : parts.length, 0, section);
  return parts.join('');
}

// Prints the section; a complete one goes into RESULTS.md.
export function report(title, complete, settings, pauses) {
  if (!rows.length) return;
  const percent = (share) => `${Math.round(share * 100)} %`;
  const [kernel] = readFileSync('/proc/sys/kernel/osrelease', 'utf8').match(/^\d+\.\d+/);
  const cpu = cpus();
  const section = [`## ${title}`, '',
    `${new Date().toISOString().slice(0, 10)}, ${cpu.length} × ${cpu[0].model.trim()}, Linux ${kernel}. ${settings}. One run, side by side.`,
    ...pauses.length ? [`The machine was paused by its host for ${percent(Math.min(...pauses))} to ${percent(Math.max(...pauses))} of the time.`] : [],
    '', table(), '', ''].join('\n');
  console.log(`\n${section}`);
  if (!complete) return console.log('Only some parts ran: RESULTS.md stays as it is.');
  writeFileSync(results, withSection(readFileSync(results, 'utf8'), title, section));
}
