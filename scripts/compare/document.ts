import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { table } from '../scale/markdown.ts';
import type { Finding, Group } from './case.ts';
import { ROOT } from './peers.ts';
import type { Column } from './run-all.ts';
import { markOf, noteOf } from './terminal.ts';

export const DOCUMENT = join(ROOT, 'docs', 'comparison.md');

/** The part of the document that people write, and that a run leaves as it is. */
const GENERATED = '<!-- What follows is written by npm run compare. -->';

/** koa-session's defects that no case shows, and how they are checked instead. */
const UNSEEN = new Map([
  [
    22,
    'a matter of types: the compiler is asked by [`type-defects.ts`](../src/session/testing/parity/type-defects.ts)',
  ],
]);

const DEFECTS = 22;

interface Run {
  groups: readonly Group[];
  columns: readonly Column[];
  /** Beside the middleware: name and version. */
  tools: readonly string[];
  /** `2026-11-24` */
  date: string;
}

/** Writes the tables of a run below the text of docs/comparison.md. */
export function writeDocument(run: Run): void {
  const [text = ''] = readFileSync(DOCUMENT, 'utf8').split(GENERATED);
  writeFileSync(DOCUMENT, `${text}${GENERATED}\n\n${generated(run)}\n`);
}

/** All that a run has to say, as Markdown. */
function generated({ groups, columns, tools, date }: Run): string {
  return [
    `## The run of ${date}`,
    `On ${tools.join(', ')}.`,
    table(
      ['Column', 'Version', 'Set up'],
      columns.map(({ name, version, setUp }) => [name, version, setUp]),
    ),
    ...groups.flatMap((group) => sectionOf(group, columns)),
    ...defects(groups, columns),
  ].join('\n\n');
}

function sectionOf({ name, about, cases }: Group, columns: readonly Column[]): string[] {
  const rows = cases.map(({ id, title, defects = [] }) => [
    `${title} · \`${id}\`${defects.length === 0 ? '' : ` · ${defects.join(', ')}`}`,
    ...columns.map(({ findings }) => cellOf(findings.get(id))),
  ]);
  const notes = cases.flatMap(({ id }) => {
    const note = noteOf(id, columns, (finding) => `${cellOf(finding)} ${escaped(finding.saw)}`);
    return note === '' ? [] : [`- \`${id}\` ${note}`];
  });
  return [
    `## ${name}`,
    about,
    table(['Case', ...columns.map((column) => column.name)], rows),
    ...(notes.length === 0 ? [] : [notes.join('\n')]),
  ];
}

function cellOf(finding: Finding | undefined): string {
  return finding?.verdict === 'n/a' ? 'n/a' : markOf(finding);
}

/** Evidence is text, and must not become markup. Code in it may stay. */
function escaped(text: string): string {
  return text.replaceAll(/(?<!`)([<>*_[\]])(?![^`]*`)/g, '\\$1');
}

function defects(groups: readonly Group[], columns: readonly Column[]): string[] {
  const numbers = Array.from({ length: DEFECTS }, (_none, at) => at + 1);
  const cases = groups.flatMap((group) => group.cases);
  return [
    "## koa-session's 22 defects",
    'By their number in the [list of them](koa-session-defects.md). A case is named when koa-session ' +
      'fails it in one of its columns.',
    table(
      ['No.', 'Seen by'],
      numbers.map((number) => {
        const seen = cases
          .filter(({ id, defects = [] }) => defects.includes(number) && failsAt(id, columns))
          .map(({ id }) => `\`${id}\``);
        return [String(number), seen.join(', ') || UNSEEN.get(number) || 'NOT SEEN'];
      }),
    ),
  ];
}

function failsAt(id: string, columns: readonly Column[]): boolean {
  return columns.some(
    ({ name, findings }) => name.startsWith('koa-session') && findings.get(id)?.verdict === 'fails',
  );
}
