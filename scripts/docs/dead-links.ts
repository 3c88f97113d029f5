import { posix } from 'node:path';
import GithubSlugger from 'github-slugger';
import { lexer, type Token, walkTokens } from 'marked';

/** A file or folder of a repository, as prose names it. Wildcards and `<name>` are left out. */
const NAMED = /(?<![\w@./-])(?:docs|e2e|public|scripts|src|\.ci|\.github)\/[\w./-]*(?![\w./*<{…-])/g;
const COMMAND = /npm run (?:--silent )?(\w[\w:-]*)/g;
/** A line that says to which file the code below it goes. The file need not be there yet. */
const LABEL = /^`[^`\n]+`:$/gm;
const EXTERNAL = /^https?:\/\/(?:[\w-]+(?:\.[\w-]+)+|localhost)(?::\d+)?(?:[/?#]\S*)?$/;

/** The content of the files of a repository, by path; only that of Markdown files is read. */
type Files = ReadonlyMap<string, string>;

/**
 * What the Markdown files lead to and is not there: files, headings, images, npm scripts; and external links of a wrong
 * form.
 *
 * @param scripts that package.json has
 * @returns `file: target` for each
 */
export function deadLinks(files: Files, scripts: readonly string[]): string[] {
  const paths = new Set(Array.from(files.keys()).flatMap(withFolders));
  const documents = Array.from(files).filter(([path]) => path.endsWith('.md'));
  return documents.flatMap(([path, text]) => {
    const { links, names } = referencesIn(text);
    const commands = Array.from(text.matchAll(COMMAND), ([, script = '']) => script);
    const dead = [
      ...links.filter(
        (link) => !(/^\w+:/.test(link) ? EXTERNAL.test(link) : leads(link, path, files, paths)),
      ),
      ...names.filter((name) => !paths.has(posix.join(name, '.'))),
      ...commands.filter((script) => !scripts.includes(script)).map((script) => `npm run ${script}`),
    ];
    return dead.map((target) => `${path}: ${target}`);
  });
}

/** `src/a/b.ts` and its folders, `src/a` and `src`. */
function withFolders(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}

function referencesIn(text: string): { links: string[]; names: string[] } {
  const links: string[] = [];
  const names: string[] = [];
  void walkTokens(lexer(text.replaceAll(LABEL, '')), (token) => {
    if (token.type === 'link' || token.type === 'image') links.push(String(token['href']));
    const isProse = token.type === 'codespan' || (token.type === 'text' && !token['tokens']);
    const isShell = token.type === 'code' && token['lang'] === 'sh';
    if (!isProse && !isShell) return;
    names.push(...(token.raw.match(NAMED) ?? []).map((name) => name.replace(/\.$/, '')));
  });
  return { links, names };
}

function leads(link: string, from: string, files: Files, paths: ReadonlySet<string>): boolean {
  const [to = '', anchor] = decodeURI(link).split('#');
  const target = to === '' ? from : posix.join(posix.dirname(from), to, '.');
  if (!paths.has(target)) return false;
  return anchor === undefined || anchorsOf(files.get(target) ?? '').includes(anchor);
}

/** The anchors that GitHub gives to the headings. */
function anchorsOf(markdown: string): string[] {
  const slugger = new GithubSlugger();
  const anchors: string[] = [];
  void walkTokens(lexer(markdown), (token) => {
    if (token.type === 'heading') anchors.push(slugger.slug(plain(token)));
  });
  return anchors;
}

function plain(token: Token): string {
  const { tokens, text = '' } = token as { tokens?: Token[]; text?: string };
  return tokens ? tokens.map(plain).join('') : text;
}
