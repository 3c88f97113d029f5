// Finds phrases that have to be read twice, in all text of the repository; `npm run check` runs it. A line that has one
// fails, and is printed with the plain words.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What is not to be written, and what to write. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\bwhom?ever\b/i, 'name the person: "a visitor who", "anybody who"'],
  [/\b(?:for|than|from|by|tells) who (?!is\b)/i, 'name the person: "for a visitor who"'],
  [/(?:^|[.:;]|\*|\/\/) Who (?!is\b)[^?]*$/, 'name the person: "a visitor who comes"'],
  [/\banew\b/i, '"again", or a verb with "re-"'],
  [/\blaid over\b/i, '"applied to" or "merged into"'],
  [/\ball the same\b/i, '"anyway"'],
  [/\b(?:is|are|was|were) told of\b/i, '"is notified of", "hears of"'],
  [/\bsuch an? one\b/i, 'name the thing'],
  [/\bwithout a word\b/i, '"silently"'],
  [/\bof before\b(?![.)])/, '"earlier"'],
  [/(?<!\b(?:there|here|which|it)) (?:is|are|was|were) none\b(?! of)/i, '"is missing", "does not exist"'],
  [/\b(?:has|have|is|are) but\b/i, '"only has", "is only"'],
  [/\bstores?\b[^.]{0,20} (?:is|was|are|were) away\b/i, '"unavailable"'],
  [/\bby itself\b/i, '"automatically", or "alone"'],
];

/** Files with records, and this list. */
const NOT_READ = /\.(?:png|ico|json|snap)$|^scripts\/wording\.(?:test\.)?ts$|^LICENSE$|\/first-edition\//;

/**
 * The phrases in a text.
 * @returns a line for each, such as `docs/a.md:3: "anew": write "again"`
 */
export function phrasesIn(path: string, text: string): string[] {
  return text.split('\n').flatMap((line, index) =>
    PHRASES.flatMap(([phrase, instead]) => {
      const [found] = phrase.exec(line) ?? [];
      return found === undefined ? [] : [`${path}:${index + 1}: "${found.trim()}": write ${instead}`];
    }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root });
  const paths = listed.toString().split('\0').filter(Boolean);
  const found = paths
    .filter((path) => !NOT_READ.test(path))
    .flatMap((path) => phrasesIn(path, readFileSync(join(root, path), 'utf8')));
  for (const line of found) console.error(line);
  process.exitCode = found.length > 0 ? 1 : 0;
}
