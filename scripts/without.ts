import { posix } from 'node:path';

/** All that is there for the examples alone, but for the scripts that take them out. */
export const EXAMPLES = [
  'src/examples',
  'src/set-cookie',
  'src/session-verdict.test.ts',
  'e2e/examples',
  'public/examples',
];

/** An import, or an export from another file. */
const STATEMENT = /^(import|export)\b(?: type)?([^'"`;=]*?)(?:from )?'([^']+)';$/gm;
/** A line of a comment alone. */
const COMMENT = /^\s*(?:\/\/|\/?\*)/;
/** What takes the place of cut lines until all are, and of line breaks that part nothing. No text has them. */
const CUT = '\uE000';
const NO_BREAK = '\uE001';

/**
 * The files without those at `removed`, files or folders, and without what needs them. Code loses the imports of
 * them and each line that uses a name so imported, with the comment above. Markdown loses each list item, table row and
 * paragraph that links to them, and each section whose heading does.
 *
 * @param files their content, by their paths from the app's folder with `/` between the parts; `removed` has such paths
 * @throws {Error} when such a line is part of something longer, or something else still names a removed file
 */
export function without(files: ReadonlyMap<string, string>, removed: readonly string[]): Map<string, string> {
  const isRemoved = (path: string) => removed.some((one) => `${path}/`.startsWith(`${one}/`));
  const kept = new Map<string, string>();
  for (const [path, text] of files) {
    if (isRemoved(path)) continue;
    const leads = (to = '') => isRemoved(posix.join(posix.dirname(path), to));
    if (/\.[jt]s$/.test(path)) kept.set(path, codeWithout(path, text, leads));
    else kept.set(path, path.endsWith('.md') ? markdownWithout(text, leads) : text);
  }
  return kept;
}

type Leads = (to?: string) => boolean;

function codeWithout(path: string, text: string, leads: Leads): string {
  const lines = text.split('\n');
  const names: string[] = [];
  for (const { 0: statement, 1: word, 2: clause = '', 3: to, index } of text.matchAll(STATEMENT)) {
    if (!leads(to)) continue;
    const at = text.slice(0, index).split('\n').length - 1;
    cut(lines, at, at + statement.split('\n').length);
    // The last word of each: `A`, `type A`, `A as B`, `* as B`.
    if (word === 'import') names.push(...(clause.match(/[\w$]+(?=\s*(?:[,}]|$))/g) ?? []));
  }
  const use = useOf(names);
  const code = names.length === 0 ? [] : lines.map(codeOf);
  for (const [at, line] of code.entries()) {
    const [name] = use.exec(line) ?? [];
    if (name === undefined) continue;
    const problem = `${path}:${at + 1} uses ${name}, which is to be removed, in part of something longer`;
    if (!isWhole(code, at))
      throw new Error(`${problem}: give it a line that ends with ; or , and can go alone.`);
    cut(lines, at, at + 1);
  }
  const left = tidy(lines);
  const [, to] = Array.from(left.matchAll(/['"](\.\.?\/[^'"\n]*)['"]/g)).find(([, one]) => leads(one)) ?? [];
  if (to !== undefined) throw new Error(`${path} names ${to}, which is to be removed: import it at the top.`);
  return left;
}

/** Matches a use of one of the names: neither a property of something else nor a key. */
function useOf(names: readonly string[]): RegExp {
  return new RegExp(String.raw`(?<![\w$]|(?<!\.\.)\.)(?:${names.join('|') || '$.'})(?![\w$]|\??:)`);
}

/** Whether a line is all of something, by its brackets, its end and the indentation that the formatter gives. */
function isWhole(code: readonly string[], at: number): boolean {
  const [line = '', next = ''] = code.slice(at).filter((one) => one !== '');
  const indent = line.search(/\S/);
  const outer = code.slice(0, at).findLast((one) => one !== '' && one.search(/\S/) < indent) ?? '{';
  const isBalanced = line.split(/[([{]/).length === line.split(/[)\]}]/).length;
  const declared = /^\s*(?:const|let) (.+?) = /.exec(line)?.[1]?.match(/[\w$]+/g) ?? [];
  const inner = code.slice(at + 1);
  const end = inner.findIndex((one) => one !== '' && one.search(/\S/) < indent);
  const isNeeded = inner.slice(0, end < 0 ? undefined : end).some((one) => useOf(declared).test(one));
  const isLast = next.search(/\S/) <= indent && !/^\s*else\b/.test(next);
  return (
    isBalanced && !isNeeded && isLast && /[{[]$/.test(outer) && /^\s*(?!\s|export\b|else\b).*[;,]$/.test(line)
  );
}

function markdownWithout(text: string, leads: Leads): string {
  // What stands in a fence begins nothing.
  const joined = text.replaceAll(/^ *```[^]*?^ *```$/gm, (fence) => fence.replaceAll('\n', NO_BREAK));
  let cutLevel = NaN;
  const left = joined.split(/\n(?=\n|#|\||(?:[-*+]|\d+\.) )/).map((block) => {
    const level = /^\n?(#+) /.exec(block)?.[1]?.length ?? Infinity;
    const links = Array.from(block.matchAll(/\]\(([^)#\s]+)/g));
    // What stands below a heading that is cut belongs to it.
    if (!(level > cutLevel)) cutLevel = links.some(([, to]) => leads(to)) ? level : NaN;
    return Number.isNaN(cutLevel) ? block : block.replace(/[^\n](?:[^]*[^\n])?/, CUT);
  });
  return tidy(left).replaceAll(NO_BREAK, '\n');
}

/** Cuts lines, with the comment above them unless it is at the top of the file, and so about all of it. */
function cut(lines: string[], start: number, end: number): void {
  let from = start;
  while (COMMENT.test(lines[from - 1] ?? '')) from -= 1;
  lines.fill(CUT, from === 0 ? start : from, end);
}

/** What is left, without blank lines where the formatter wants none. */
function tidy(lines: readonly string[]): string {
  return lines
    .join('\n')
    .replaceAll(/\n\n(?:\uE000\n+)+(?=\s*[}\])]|$)/g, '\n')
    .replaceAll(/(^|\n\n|[{[(]\n)(?:\uE000\n+)+/g, '$1')
    .replaceAll('\uE000\n', '');
}

/** A line without its strings and comments. */
function codeOf(line: string): string {
  if (line === CUT || COMMENT.test(line)) return '';
  return line.replaceAll(/'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|(?<!:)\/\/.*/g, "''").trimEnd();
}
