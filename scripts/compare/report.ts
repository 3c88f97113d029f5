import { table } from '../scale/markdown.ts';
import type { Case, Group } from './case.ts';
import type { Finding } from './outcome.ts';
import type { Column } from './run-all.ts';

/** Defects of koa-session that no case shows, and what checks them instead. */
const UNSEEN = new Map([
  [22, 'types: the compiler checks [`type-defects.ts`](../src/session/testing/parity/type-defects.ts)'],
]);

const DEFECTS = Array.from({ length: 22 }, (_none, at) => at + 1);

const MARKS = { passes: '✓', fails: '✗', 'n/a': 'n/a', broken: '‼', measured: '' };

/** The tables of the document, as Markdown. */
export function documentTables(groups: readonly Group[], columns: readonly Column[]): string {
  const setUp = columns.map((column) => [column.name, column.version, column.setUp]);
  const heads = columns.map(({ name }) => name);
  return [
    table(['Column', 'Version', 'Set up'], setUp),
    ...groups.map((group) => section(group, columns, heads, titleOf)),
    defects(groups, columns),
  ].join('\n\n');
}

function titleOf({ id, title, defect }: Case): string {
  return `${title} · \`${id}\`${defect === undefined ? '' : ` · ${defect}`}`;
}

/** The same for a terminal, where numbers stand for the columns and ids for the cases. */
export function terminalTables(groups: readonly Group[], columns: readonly Column[]): string {
  const heads = columns.map((_column, at) => String(at + 1));
  const legend = columns.map(({ name, version }, at) => `${at + 1}: ${name} ${version}`);
  return [
    `${legend.join('\n')}\n✓ passes  ✗ fails  n/a not applicable  ‼ the kit itself failed`,
    ...groups.map((group) => section(group, columns, heads, ({ id }) => id)),
  ].join('\n\n');
}

function section(
  { name, about, cases }: Group,
  columns: readonly Column[],
  heads: string[],
  titleOf: (one: Case) => string,
): string {
  const rows = cases.map((one) => [titleOf(one), ...columns.map((column) => cellOf(column, one))]);
  const notes = cases.map((one) => noteOf(one, columns)).filter((note) => note !== '');
  return [
    `## ${name}`,
    about,
    table(['Case', ...heads], rows),
    ...(notes.length > 0 ? [notes.join('\n')] : []),
  ].join('\n\n');
}

function cellOf({ findings }: Column, { id }: Case): string {
  const { verdict, saw } = findings.get(id) ?? { verdict: 'broken', saw: '' };
  return verdict === 'measured' ? saw : MARKS[verdict];
}

/** What was seen in failed cases, and why a case is n/a. Middleware with the same finding stands together. */
function noteOf(one: Case, columns: readonly Column[]): string {
  const namesByFinding = new Map<string, string[]>();
  for (const column of columns) {
    const finding = column.findings.get(one.id);
    if (!finding || finding.verdict === 'passes' || finding.verdict === 'measured') continue;
    const seen = `${MARKS[finding.verdict]} ${escaped(finding)}`;
    namesByFinding.set(seen, [...(namesByFinding.get(seen) ?? []), column.name]);
  }
  if (namesByFinding.size === 0) return '';
  const seen = [...namesByFinding].map(([finding, names]) => `${finding} (${names.join('; ')})`);
  return `- \`${one.id}\` ${seen.join('. ')}`;
}

/** What was seen is text that must not become markup, apart from code. */
function escaped({ saw }: Finding): string {
  return saw.replaceAll(/(?<!`)([<>*_[\]])(?![^`]*`)/g, '\\$1');
}

function defects(groups: readonly Group[], columns: readonly Column[]): string {
  const koaSession = columns.filter(({ name }) => name.startsWith('koa-session'));
  const failed = groups
    .flatMap(({ cases }) => cases)
    .filter(({ id }) => koaSession.some(({ findings }) => findings.get(id)?.verdict === 'fails'));
  const rows = DEFECTS.map((number) => {
    const seenBy = failed.filter(({ defect }) => defect === number).map(({ id }) => `\`${id}\``);
    return [String(number), seenBy.join(', ') || UNSEEN.get(number) || 'NOT SEEN'];
  });
  return [
    "## koa-session's 22 defects",
    'The numbers are those of the [list of defects](koa-session-defects.md). The cases named here fail in a ' +
      'column of koa-session.',
    table(['No.', 'Seen by'], rows),
  ].join('\n\n');
}
