/** `1234567` as `1,234,567`, in every locale. */
export function thousands(value: number): string {
  return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** Markdown, padded as oxfmt wants it. */
export function table(head: string[], rows: string[][]): string {
  const widths = head.map((_cell, at) => Math.max(3, ...[head, ...rows].map((row) => row[at]?.length ?? 0)));
  const line = (cells: string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/**
 * `document` with `made` in the place of its tables that begin with the same cell.
 * @throws {Error} when it has not exactly one place for each
 */
export function withTables(document: string, made: string[]): string {
  const parts = document.split('\n\n');
  for (const one of made) {
    const [at, ...more] = parts.flatMap((part, nth) => (firstCell(part) === firstCell(one) ? [nth] : []));
    if (at === undefined || more.length > 0) {
      throw new Error(`the document is to have one table that begins with ${firstCell(one)}`);
    }
    parts[at] = one;
  }
  return parts.join('\n\n');
}

/** Undefined when it is no table. */
function firstCell(text: string): string | undefined {
  return /^\| (.*?) +\|/.exec(text)?.[1];
}
