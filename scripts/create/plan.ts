import { without } from '../without.ts';
import { type Choices, SETTINGS, storagesOf, STORES } from './choices.ts';
import { type Lockfile, lockFor, type Manifest, manifestFor } from './manifest.ts';
import { leftOut } from './parts.ts';
import { readmeFor } from './readme.ts';

/** A file to be written. */
export interface PlannedFile {
  content: string;
  /** Permission bits. @default those that the process gives to a new file */
  mode?: number;
}

/** What the package carries: this repository's files. Content by path. */
export type Template = ReadonlyMap<string, string>;

/**
 * The app that the choices describe.
 *
 * @param key secret that seals its sessions, for `.env`
 * @returns what to write where; paths are relative to the app's folder, with `/` between their parts
 * @throws {Error} when the template is not the one that this program was written for
 */
export function plan(template: Template, choices: Choices, key: string): Map<string, PlannedFile> {
  const { pm } = choices;
  const files = without(template, leftOut(choices, Array.from(template.keys())));
  // It is written for npm.
  if (pm !== 'npm') files.delete('.github/workflows/ci.yml');
  for (const edit of editsOf(choices)) applyTo(files, edit);

  const lock = JSON.parse(textOf(files, 'package-lock.json')) as Lockfile;
  const manifest = manifestFor(JSON.parse(textOf(files, 'package.json')) as Manifest, lock, files, choices);
  files.set('package.json', json(manifest));
  if (pm === 'npm') files.set('package-lock.json', json(lockFor(lock, manifest)));
  else files.delete('package-lock.json');
  files.set('README.md', readmeFor(choices, textOf(template, GUIDE)));
  files.delete(GUIDE);
  for (const [path, content] of Object.entries(SETTINGS[pm] ?? {})) files.set(path, content);

  const sorted = Array.from(files).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const planned = new Map<string, PlannedFile>(sorted.map(([path, content]) => [path, { content }]));
  const env = textOf(files, '.env.example').replace(/^SESSION_KEYS=.*$/m, `SESSION_KEYS=${key}`);
  return planned.set('.env', { content: env, mode: 0o600 });
}

/** A change of one text. */
interface Edit {
  /** Its path; a file that this app has not got is passed over. */
  file: string;
  /** What is taken out. The file has it once. */
  cut: RegExp;
  /** What is put there; `$1` is what the first group has found. @default nothing */
  put?: string;
}

/** All that differs from app to app, beside what is left out and what is written for it. At most ten. */
export function editsOf(choices: Choices): Edit[] {
  const { name, store, pm } = choices;
  const title = name.replace(/^@[^/]*\//, '');
  return [
    {
      file: 'src/views/layout.ts',
      cut: /export const APP_NAME =\s*'[^']*';/,
      put: constant('export const APP_NAME', title),
    },
    { file: '.env.example', cut: /SESSION_STORE=memory/, put: `SESSION_STORE=${store}` },
    { file: '.gitignore', cut: /\*\.tgz\n/, put: pm === 'yarn' ? '.yarn/\n' : '' },
    ...storagesEdit(choices),
    ...(store === 'redis' ? ON_REDIS : WITHOUT_REDIS),
  ];
}

/** Takes out the storages that the app has not got. They stand side by side. */
function storagesEdit(choices: Choices): Edit[] {
  const missing = STORES.filter((one) => !storagesOf(choices).includes(one));
  if (missing.length === 0) return [];
  return [{ file: '.env.example', cut: new RegExp(`(?:# {3}(?:${missing.join('|')}): .*\\n)+`) }];
}

const ON_REDIS: Edit[] = [{ file: '.env.example', cut: /# (?=REDIS_URL=)/ }];

const WITHOUT_REDIS: Edit[] = [
  { file: '.env.example', cut: /# Where Redis is(.*\n)*?# REDIS_URL=.*\n\n/ },
  { file: 'compose.yaml', cut: / *SESSION_STORE: redis\n(.*\n)*? *condition: service_healthy\n/ },
  { file: 'compose.yaml', cut: /\n *#[^\n]*\n  redis:\n[^]*/ },
];

function applyTo(files: Map<string, string>, { file, cut, put = '' }: Edit): void {
  const text = files.get(file);
  if (text === undefined) return;
  const found = Array.from(text.matchAll(new RegExp(cut, 'g'))).length;
  if (found !== 1) throw new Error(`${file} has what an edit takes out ${found} times: ${String(cut)}`);
  files.set(file, text.replace(cut, put));
}

/** As the formatter writes it: on a line of its own when it would be too long. */
function constant(declaration: string, value: string): string {
  const line = `${declaration} = '${value}';`;
  return line.length <= LINE_WIDTH ? line : `${declaration} =\n  '${value}';`;
}

/** Its text is part of the app's README. */
const GUIDE = 'docs/first-pages.md';

/** As `.oxfmtrc.json` has it, in characters. */
const LINE_WIDTH = 110;

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function textOf(files: Template, path: string): string {
  const text = files.get(path);
  if (text === undefined) throw new Error(`The template has no ${path}`);
  return text;
}
