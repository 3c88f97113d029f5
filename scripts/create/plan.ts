import type { Choices } from './choices.ts';
import { type Edit, edited } from './edits.ts';
import { type Lockfile, lockFor, type Manifest, manifestFor } from './manifest.ts';
import { isLeftOutOfMinimal, minimalEdits } from './minimal.ts';
import { filesFor } from './package-managers.ts';
import { readmeFor } from './readme.ts';

/** A file to be written. */
export interface PlannedFile {
  content: string;
  /** Permission bits. @default those that the process gives to a new file */
  mode?: number;
}

/** What the package carries: this repository's files, and those that only `--minimal` has. Content by path. */
export interface Template {
  files: ReadonlyMap<string, string>;
  minimal: ReadonlyMap<string, string>;
}

/**
 * The app that the choices describe.
 *
 * @param key secret that seals its sessions, for `.env`
 * @returns what to write where; paths are relative to the app's folder, with `/` between their parts
 * @throws {Error} when the template is not the one that this program was written for
 */
export function plan(template: Template, choices: Choices, key: string): Map<string, PlannedFile> {
  const { minimal, pm, store } = choices;
  const kept = new Map([...template.files].filter(([path]) => !(minimal && isLeftOutOfMinimal(path, store))));
  const sources = edited(minimal ? new Map([...kept, ...template.minimal]) : kept, [
    ...editsOf(choices),
    ...(minimal ? minimalEdits(store) : []),
  ]);

  const manifest = manifestFor(JSON.parse(textOf(sources, 'package.json')) as Manifest, choices);
  const lock = JSON.parse(textOf(sources, 'package-lock.json')) as Lockfile;
  sources.delete('package-lock.json');
  sources.set('package.json', json(manifest));
  if (pm === 'npm') sources.set('package-lock.json', json(lockFor(lock, choices)));
  // It is written for npm.
  else sources.delete('.github/workflows/ci.yml');
  sources.set('README.md', readmeFor(choices));
  for (const [path, content] of filesFor(pm)) sources.set(path, content);

  const planned = new Map<string, PlannedFile>();
  for (const [path, content] of [...sources].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    planned.set(path, { content });
  }
  const env = textOf(sources, '.env.example').replace(/^SESSION_KEYS=.*$/m, `SESSION_KEYS=${key}`);
  planned.set('.env', { content: env, mode: 0o600 });
  return planned;
}

/** What is another in each app, beside what is written for it from the beginning. */
function editsOf({ name, store, minimal, pm }: Choices): Edit[] {
  const title = name.replace(/^@[^/]*\//, '');
  return [
    {
      file: 'src/views/layout.ts',
      cut: "export const APP_NAME = 'Koa sessions';",
      put: constant('export const APP_NAME', title),
    },
    {
      file: 'src/views/layout.ts',
      cut: /const DESCRIPTION =\s*'[^']*';/,
      put: constant('const DESCRIPTION', `${title}: a Koa app with sessions and login.`),
    },
    { file: 'src/redis/client-options.ts', cut: "'koa-session-starter'", put: `'${title.slice(0, 60)}'` },
    { file: '.env.example', cut: 'SESSION_STORE=memory', put: `SESSION_STORE=${store}` },
    ...(store === 'redis' ? [{ file: '.env.example', cut: '# REDIS_URL=', put: 'REDIS_URL=' }] : []),
    { file: '.gitignore', cut: '*.tgz\n', put: pm === 'yarn' ? '.yarn/\n' : '' },
    {
      file: 'tsconfig.json',
      cut: /,\n  \/\/ Parts of an app of their own[^\n]*\n  "exclude": [^\n]*/,
    },
    ...ONE_ENGINE_EDITS,
    ...SESSION_README_EDITS,
    ...(minimal ? [] : [{ file: 'src/set-cookie/README.md', cut: /  \[`docs\/browsers\.md`\][^\n]*\n/ }]),
  ];
}

/** Apps are tested in Chromium alone. */
const ONE_ENGINE_EDITS: Edit[] = [
  {
    file: 'e2e/browser.ts',
    cut: /^[^]+$/,
    put: `// What the page objects and the flows know of a browser.
export { type BrowserContext, expect, type Locator, type Page, type Response, test } from 'playwright/test';
`,
  },
  { file: '.oxlintrc.json', cut: ', "e2e/webkitgtk/in-page.js"' },
  { file: '.github/workflows/ci.yml', cut: /      # Without root the set-up[^\n]*\n[^\n]*\n/ },
  // There is no `npm run test:all`.
  {
    file: 'e2e/accessibility.spec.ts',
    cut: /\/\*\* Whether all pages[^\n]*\nconst all = [^\n]*\n/,
    put: 'const all = true;\n',
  },
  { file: 'playwright.config.ts', cut: "['./e2e/engines-reporter.ts'], " },
  { file: 'e2e/engines.ts', cut: "import { firefox } from './firefox.ts';\n" },
  { file: 'e2e/engines.ts', cut: "import { webkit } from './webkit.ts';\n" },
  { file: 'e2e/engines.ts', cut: '  testIgnore: /\\/webkitgtk\\//,\n' },
  { file: 'e2e/engines.ts', cut: '...firefox, ...webkit, ' },
  { file: 'scripts/browsers.js', cut: "import { firefox } from './browsers/firefox.js';\n" },
  { file: 'scripts/browsers.js', cut: "import { webkit } from './browsers/webkit.js';\n" },
  { file: 'scripts/browsers.js', cut: ', firefox, webkit' },
];

const SESSION_README = 'src/session/README.md';

/** What only stands in the repository that the session layer comes from. */
const SESSION_README_EDITS: Edit[] = [
  { file: SESSION_README, cut: /\nIn this repository: [^]*?(?=\n\n)/ },
  { file: SESSION_README, cut: / \[`docs\/scale\.md`\][^\n]*/ },
  { file: SESSION_README, cut: '[its defects](../../docs/koa-session-defects.md)', put: 'its defects' },
];

/** As the formatter writes it: on a line of its own when it would be too long. */
function constant(declaration: string, value: string): string {
  const line = `${declaration} = '${value}';`;
  return line.length <= LINE_WIDTH ? line : `${declaration} =\n  '${value}';`;
}

/** As `.oxfmtrc.json` has it, in characters. */
const LINE_WIDTH = 110;

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function textOf(files: ReadonlyMap<string, string>, path: string): string {
  const text = files.get(path);
  if (text === undefined) throw new Error(`The template has no ${path}`);
  return text;
}
