import { posix } from 'node:path';

/** Where each example has its part. */
export const FOLDERS = ['src/examples', 'e2e/examples', 'public/examples'];
/** All that is there for the examples alone. */
export const EXAMPLES = [
  ...FOLDERS,
  'src/set-cookie',
  'src/session-verdict',
  'scripts/remove',
  'scripts/without',
];

/** An import, or an export from another file. */
const STATEMENT = /^(import|export)\b(?: type)?([^'"`;=]*?)(?:from )?'([^']+)';$/gm;
/** A comment above what is cut, but not the one at the top of a file, which is about all of it. */
const COMMENT = /(?<=\n)(?<!^(?:[ \t]*(?:\/\/|\/?\*).*\n)+)(?:[ \t]*(?:\/\/|\/?\*).*\n)+(?=\uE000)/g;
/** What of a line is no code: comments, strings, and what was cut. */
const NO_CODE = /\uE000|^\s*\/?\*.*|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|(?<!:)\/\/.*/g;
/** What takes the place of cut lines until all are, and of line breaks that part nothing. No text has them. */
const CUT = '\uE000';
const NO_BREAK = '\uE001';

/**
 * The files without those at `removed`, and without what needs them. Code loses the imports of them and each line that
 * uses a name so imported, with the comment above. Markdown loses each list item, table row and paragraph that links to
 * them, and each section whose heading does.
 *
 * @param files their content, by their paths from the app's folder with `/` between the parts
 * @param removed such paths of folders and files; `public/lab` is `public/lab.css` and `public/lab.js`, too
 * @throws {Error} when such a line is part of something longer, or something else still names a removed file
 */
export function without(files: ReadonlyMap<string, string>, removed: readonly string[]): Map<string, string> {
  const isRemoved = (path: string) =>
    removed.some((one) => path.startsWith(one) && /^(?:[/.]|$)/.test(path.slice(one.length)));
  const kept = new Map<string, string>();
  for (const [path, text] of files) {
    const leads = (to: string) => isRemoved(posix.join(posix.dirname(path), to));
    if (isRemoved(path)) continue;
    if (/\.[jt]s$/.test(path)) kept.set(path, codeWithout(path, text, leads));
    else kept.set(path, path.endsWith('.md') ? markdownWithout(text, leads) : text);
  }
  return kept;
}

function codeWithout(path: string, text: string, leads: (to: string) => boolean): string {
  const names = ['$.'];
  const lines = text
    .replaceAll(STATEMENT, (statement: string, word: string, clause: string, to: string) => {
      if (!leads(to)) return statement;
      // The last word of each: `A`, `type A`, `A as B`, `* as B`.
      if (word === 'import') names.push(...(clause.match(/[\w$]+(?=\s*(?:[,}]|$))/g) ?? []));
      return statement.replaceAll(/.+/g, CUT);
    })
    .split('\n');
  // Neither a property of something else nor a key.
  const use = new RegExp(String.raw`(?<![\w$]|(?<!\.\.)\.)(?:${names.join('|')})(?![\w$]|\??:)`);
  const code = lines.map((line) => line.replaceAll(NO_CODE, '').trimEnd());
  for (const [at, line] of code.entries()) {
    const name = use.exec(line)?.[0];
    if (name === undefined) continue;
    if (!isWhole(code, at))
      throw new Error(`${path}:${at + 1} uses ${name}, which is to be removed: give it a line of its own.`);
    lines[at] = CUT;
  }
  const left = tidy(lines.join('\n').replaceAll(COMMENT, ''));
  const named = Array.from(left.matchAll(/['"](\.\.?\/[^'"\n]*)['"]/g), ([, to = '']) => to).find(leads);
  if (named) throw new Error(`${path} names ${named}, which is to be removed: import it at the top.`);
  return left;
}

/** Whether a line is all of something that nothing else needs, by the lines that the formatter makes. */
function isWhole(code: readonly string[], at: number): boolean {
  const [line = '', next = ''] = code.slice(at).filter((one) => one !== '');
  const outer = code.slice(0, at).findLast((one) => one !== '' && one.search(/\S/) < line.search(/\S/));
  const isBalanced = line.split(/[([{]/).length === line.split(/[)\]}]/).length;
  const isAlone = /^\s*(?!(?:const|let|else|export)\b)\S.*[;,]\n(?!\s*else\b)/.test(`${line}\n${next}`);
  return isBalanced && isAlone && /[{[]$/.test(outer ?? '{');
}

function markdownWithout(text: string, leads: (to: string) => boolean): string {
  // What stands in a fence begins nothing.
  const joined = text.replaceAll(/^ *```[^]*?^ *```$/gm, (fence) => fence.replaceAll('\n', NO_BREAK));
  let cutLevel = NaN;
  const left = joined.split(/\n(?=\n|#|\||(?:[-*+]|\d+\.) )/).map((block) => {
    const level = /^\n?(#+) /.exec(block)?.[1]?.length ?? Infinity;
    const links = Array.from(block.matchAll(/\]\(([^)#\s]+)/g), ([, to = '']) => to);
    // What stands below a heading that is cut belongs to it.
    if (!(level > cutLevel)) cutLevel = links.some(leads) ? level : NaN;
    return Number.isNaN(cutLevel) ? block : block.replace(/[^\n](?:[^]*[^\n])?/, CUT);
  });
  return tidy(left.join('\n')).replaceAll(NO_BREAK, '\n');
}

/** What is left, without blank lines where the formatter wants none. */
function tidy(text: string): string {
  return text
    .replaceAll(/\n\n(?:\uE000\n+)+(?=\s*[}\])]|$)/g, '\n')
    .replaceAll(/(^|\n\n|[{[(]\n)(?:\uE000\n+)+/g, '$1')
    .replaceAll('\uE000\n', '');
}
