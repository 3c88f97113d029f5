import type { Finding, Group } from './case.ts';
import type { Column } from './run-all.ts';

const MARKS = { passes: '✓', fails: '✗', 'n/a': '–', measured: '', broken: '‼' };

/** What stands in a cell: a mark, or what was measured. */
export function markOf(finding: Finding | undefined): string {
  if (finding === undefined) return '';
  return finding.verdict === 'measured' ? finding.saw : MARKS[finding.verdict];
}

/** Cases × middleware, for a terminal, and below it what was seen where something failed. */
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
      for (const [at, { findings }] of columns.entries()) {
        const finding = findings.get(id);
        if (finding?.verdict === 'fails' || finding?.verdict === 'broken') {
          seen.push(`${id}, ${names[at]}: ${finding.saw}`);
        }
      }
    }
  }
  return [...lines, '', '✓ passes  ✗ fails  – not applicable  ‼ the kit itself failed', '', ...seen].join(
    '\n',
  );
}
