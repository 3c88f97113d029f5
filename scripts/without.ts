import { posix } from 'node:path';

/** Each example may have a folder in these. */
export const FOLDERS = ['src/examples', 'e2e/examples', 'public/examples'];
/** Everything that only the examples need. */
export const EXAMPLES = [
  ...FOLDERS,
  'src/set-cookie',
  'src/session-verdict',
  'scripts/remove',
  'scripts/without',
];

/** An import, or an export from another file. */
const STATEMENT = /^(import|export)\b(?: type)?([^'"`;=]*?)(?:from )?'([^']+)';$/gm;
/** A comment above what is cut, unless it stands at the top of a file, which it then describes. */
const COMMENT = /(?<=\n)(?<!^(?:[ \t]*(?:\/\/|\/?\*).*\n)+)(?:[ \t]*(?:\/\/|\/?\*).*\n)+(?=\uE000)/g;
/** The parts of a line that are not code: comments, strings, and what was cut. */
const NO_CODE = /\uE000|^\s*\/?\*.*|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|(?<!:)\/\/.*/g;
/** Stand for cut lines until all are cut, and for line breaks that separate nothing. No text has these characters. */
const CUT = '\uE000';
const NO_BREAK = '\uE001';

/**
 * The files without those at `removed` and without everything that needs them. Code loses their imports and each line that
 * uses an imported name, with the comment above. Markdown loses each list item, table row and paragraph that links to
 * them, and each section whose heading does.
 *
 * @param files content by path, relative to the app's folder, with `/` between the parts
 * @param removed paths of folders and files; `public/lab` includes `public/lab.css` and `public/lab.js`
 * @throws {Error} if such a line is part of a longer statement, or a removed file is still named elsewhere
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

/** Whether a line is a whole statement, entry or item that nothing else needs. It relies on the formatter's lines. */
function isWhole(code: readonly string[], at: number): boolean {
  const [line = '', next = ''] = code.slice(at).filter((one) => one !== '');
  const outer = code.slice(0, at).findLast((one) => one !== '' && one.search(/\S/) < line.search(/\S/));
  const isBalanced = line.split(/[([{]/).length === line.split(/[)\]}]/).length;
  const isAlone = /^\s*(?!(?:const|let|else|export)\b)\S.*[;,]\n(?!\s*else\b)/.test(`${line}\n${next}`);
  return isBalanced && isAlone && /[{[]$/.test(outer ?? '{');
}

function markdownWithout(text: string, leads: (to: string) => boolean): string {
  // The content of a fence begins no block.
  const joined = text.replaceAll(/^ *```[^]*?^ *```$/gm, (fence) => fence.replaceAll('\n', NO_BREAK));
  let cutLevel = NaN;
  const left = joined.split(/\n(?=\n|#|\||(?:[-*+]|\d+\.) )/).map((block) => {
    const level = /^\n?(#+) /.exec(block)?.[1]?.length ?? Infinity;
    const links = Array.from(block.matchAll(/\]\(([^)#\s]+)/g), ([, to = '']) => to);
    // The section below a heading is cut with it.
    if (!(level > cutLevel)) cutLevel = links.some(leads) ? level : NaN;
    return Number.isNaN(cutLevel) ? block : block.replace(/[^\n](?:[^]*[^\n])?/, CUT);
  });
  return tidy(left.join('\n')).replaceAll(NO_BREAK, '\n');
}

/** Removes blank lines where the formatter wants none. */
function tidy(text: string): string {
  return text
    .replaceAll(/\n\n(?:\uE000\n+)+(?=\s*[}\])]|$)/g, '\n')
    .replaceAll(/(^|\n\n|[{[(]\n)(?:\uE000\n+)+/g, '$1')
    .replaceAll('\uE000\n', '');
}
