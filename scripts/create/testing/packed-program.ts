import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { packCreate } from '../pack.ts';

/** A program that has not ended by then hangs. */
const DEADLINE_MS = 60_000;

/** For suites of such runs, which share nothing. */
export const OPTIONS = { concurrent: true, timeout: 2 * DEADLINE_MS };

/** What a run may be given; its environment has nothing of ours but PATH. */
export interface RunOptions {
  cwd: string;
  env?: Record<string, string>;
  stdin?: 'ignore' | 'pipe';
  /** Called with what it has written so far, on both streams. */
  onOutput?: (output: string, child: ChildProcess) => void;
}

interface Run {
  /** Exit code, or the signal that ended it. */
  code: number | NodeJS.Signals;
  stdout: string;
  stderr: string;
}

export type PackedProgram = ReturnType<typeof packedProgram>;

/** The package, packed and installed for tests as `npm create` installs it. */
export function packedProgram() {
  const root = mkdtempSync(join(tmpdir(), 'packed-program-'));
  // Another user runs it too.
  chmodSync(root, 0o755);
  const home = join(root, 'home');
  const place = join(root, 'place');
  for (const folder of [home, place]) mkdirSync(folder);
  const baseEnv = { PATH: process.env['PATH'] ?? '', HOME: home, GIT_CEILING_DIRECTORIES: root };
  const tarball = packCreate(join(root, 'packed'));
  const installed = execFileSync(
    'npm',
    ['install', '--offline', '--no-audit', '--no-fund', '--cache', join(root, 'empty-cache'), tarball],
    { cwd: place, env: baseEnv, encoding: 'utf8' },
  );
  const bin = join(place, 'node_modules', '.bin', 'create-koa-session');
  let folders = 0;

  async function runCommand(
    command: string,
    args: readonly string[],
    { cwd, env, stdin = 'ignore', onOutput }: RunOptions,
  ): Promise<Run> {
    const child = spawn(command, args, {
      cwd,
      env: { ...baseEnv, ...env },
      stdio: [stdin, 'pipe', 'pipe'],
      timeout: DEADLINE_MS,
      killSignal: 'SIGKILL',
    });
    const written = { stdout: '', stderr: '' };
    let output = '';
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
        written[name] += chunk;
        output += chunk;
        onOutput?.(output, child);
      });
    }
    // Not before everything that it has started has let go of its output.
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals];
    return { code: code ?? signal, ...written };
  }

  return {
    tarball,
    /** What npm said when it installed it without a network and with an empty cache. */
    installed,
    /** Folder of the installed package. */
    folder: join(place, 'node_modules', 'create-koa-session'),
    bin,
    /** An empty folder that is in no repository. */
    freshFolder() {
      const folder = join(root, `run-${(folders += 1)}`);
      mkdirSync(folder);
      return folder;
    },
    runCommand,
    /** Runs the bin, and sees that it writes no escape codes. */
    async run(args: readonly string[], options: RunOptions): Promise<Run> {
      const run = await runCommand(process.execPath, [bin, ...args], options);
      if (/\p{Cc}/u.test((run.stdout + run.stderr).replaceAll('\n', ''))) {
        throw new Error(`Escape codes without a terminal: ${JSON.stringify(run)}`);
      }
      return run;
    },
    remove: () => rmSync(root, { recursive: true }),
  };
}

/** What `--dry-run` lists: the lines that are neither about the defaults nor the last. */
export function listedIn(stdout: string): string[] {
  const lines = stdout.trimEnd().split('\n').slice(0, -1);
  return lines.filter((line) => !/^(Not given|  )/.test(line));
}

/** Everything below a folder, by its path: what it is, and what is in it. */
export function contentsOf(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
  return Object.fromEntries(
    paths.map((path) => {
      const file = join(folder, path);
      const stat = lstatSync(file);
      return [path, stat.isFile() ? readFileSync(file, 'utf8') : stat.isDirectory() ? 'folder' : 'other'];
    }),
  );
}

/** Paths of the files in a folder, but for those of git and of installed packages, sorted. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .filter((path) => !/^(\.git|node_modules)\//.test(path))
    .toSorted();
}
