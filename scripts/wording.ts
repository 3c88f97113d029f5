// Finds phrases that have to be read twice, in all text of the repository; `npm run check` runs it. A line that has one
// fails, and is printed with the plain words.
import { fileURLToPath } from 'node:url';
import { filesInGit } from './files-in-git.ts';

/** What is not to be written, and what to write. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\bwhom?ever\b/i, 'name the person: "a visitor who", "anybody who"'],
  [/\b(?:for|than|from|by|tells) who (?!is\b)/i, 'name the person: "for a visitor who"'],
  [/(?<=^[\s*/#>-]*|[.:;] |['"`])Who (?!is\b)[^?]*$/, 'name the person: "a visitor who comes"'],
  [/\banew\b/i, '"again", or a verb with "re-"'],
  [/\blaid over\b/i, '"applied to" or "merged into"'],
  [/\ball the same\b/i, '"anyway"'],
  [/\b(?:is|are|was|were) told of\b/i, '"is notified of", "hears of"'],
  [/\bsuch an? one\b/i, 'name the thing'],
  [/\bwithout a word\b/i, '"silently"'],
  [/\bof before\b(?!\)|\.\w)/, '"earlier"'],
  [/(?<!\b(?:there|here|which|it)|[\s*/#>]|^) (?:is|are|was|were) none\b(?! of)/i, '"is missing"'],
  [/\b(?:has|have|is|are) but\b/i, '"only has", "is only"'],
  [/\bstores?\b[^.]{0,20} (?:is|was|are|were) away\b/i, '"unavailable"'],
  [/\bby itself\b/i, '"automatically", or "alone"'],
];

/** Files with records, and this list. */
const NOT_READ = /\.(?:png|ico|json|snap)$|^scripts\/wording\.(?:test\.)?ts$|^LICENSE$/;

/** What joins two lines of a phrase: a string goes on behind `' +`, a comment or a quotation behind its mark. */
const [END, BEGINNING] = [/\s*(?:['"`] \+)?\s*$/, /^[\s*/#>'"`]+/];

/**
 * The phrases in a text, also those that go on in the next line.
 * @returns a line for each, such as `docs/a.md:3: "anew": write "again"`
 */
export function phrasesIn(path: string, text: string): string[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const start = line.replace(END, '');
    const joined = `${start} ${lines[index + 1]?.replace(BEGINNING, '') ?? ''}`;
    return PHRASES.flatMap(([phrase, instead]) => {
      const found = phrase.exec(joined);
      if (!found || found.index >= start.length) return [];
      return [`${path}:${index + 1}: "${found[0].trim()}": write ${instead}`];
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const files = Array.from(filesInGit(root, '--cached', '--others')).filter(([path]) => !NOT_READ.test(path));
  const found = files.flatMap(([path, text]) => phrasesIn(path, text));
  for (const line of found) console.error(line);
  process.exitCode = found.length > 0 ? 1 : 0;
}
