/** `1234567` as `1,234,567`. */
export function thousands(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** A table in Markdown, padded as oxfmt pads it. */
export function table(head: string[], rows: string[][]): string {
  const widths = head.map((_cell, at) => Math.max(3, ...[head, ...rows].map((row) => row[at]?.length ?? 0)));
  const line = (cells: string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/**
 * Replaces the tables of `document` that begin with the same cell as a table in `made`.
 * @throws {Error} if `document` does not have exactly one such table for each
 */
export function withTables(document: string, made: string[]): string {
  const parts = document.split('\n\n');
  for (const one of made) {
    const [at, ...more] = parts.flatMap((part, nth) => (firstCell(part) === firstCell(one) ? [nth] : []));
    if (at === undefined || more.length > 0) {
      throw new Error(`the document must have exactly one table that begins with ${firstCell(one)}`);
    }
    parts[at] = one;
  }
  return parts.join('\n\n');
}

/** Undefined if `text` is not a table. */
function firstCell(text: string): string | undefined {
  return /^\| (.*?) +\|/.exec(text)?.[1];
}
