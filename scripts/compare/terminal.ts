import type { Finding, Group } from './case.ts';
import type { Column } from './run-all.ts';

const MARKS = { passes: '✓', fails: '✗', 'n/a': '–', measured: '', broken: '‼' };

/** What stands in a cell: a mark, or what was measured. */
export function markOf(finding: Finding | undefined): string {
  if (finding === undefined) return '';
  return finding.verdict === 'measured' ? finding.saw : MARKS[finding.verdict];
}

/**
 * What was seen where a case failed, and why it could not be tried; who did the same stands together. Empty when all passed.
 *
 * @param show a finding, as text
 */
export function noteOf(id: string, columns: readonly Column[], show: (finding: Finding) => string): string {
  const byWhat = new Map<string, string[]>();
  for (const { name, findings } of columns) {
    const finding = findings.get(id);
    if (!finding || finding.verdict === 'passes' || finding.verdict === 'measured') continue;
    const what = show(finding);
    byWhat.set(what, [...(byWhat.get(what) ?? []), name]);
  }
  return [...byWhat].map(([what, names]) => `${what} (${names.join('; ')})`).join('. ');
}

/** Cases × middleware, for a terminal, and below it the notes. */
export function terminalTable(groups: readonly Group[], columns: readonly Column[]): string {
  const names = columns.map(({ name, version }) => `${name} ${version}`);
  const idWidth = Math.max(...groups.flatMap(({ cases }) => cases.map(({ id }) => id.length)));
  const widths = columns.map(({ findings }, at) =>
    Math.max(String(at + 1).length, ...[...findings.values()].map((one) => markOf(one).length)),
  );
  const row = (head: string, cells: string[]): string =>
    `${head.padEnd(idWidth)}  ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd();

  const lines = names.map((name, at) => `${at + 1}: ${name}`);
  const seen: string[] = [];
  for (const { name, cases } of groups) {
    lines.push(
      '',
      row(
        name,
        columns.map((_column, at) => String(at + 1)),
      ),
    );
    for (const { id } of cases) {
      lines.push(
        row(
          id,
          columns.map(({ findings }) => markOf(findings.get(id))),
        ),
      );
      const note = noteOf(id, columns, (finding) => `${markOf(finding)} ${finding.saw}`);
      if (note !== '') seen.push(`${id} ${note}`);
    }
  }
  return [...lines, '', '✓ passes  ✗ fails  – not applicable  ‼ the kit itself failed', '', ...seen].join(
    '\n',
  );
}
