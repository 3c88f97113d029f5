import { type ChildProcess, execFileSync, spawn, type StdioOptions } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { packCreate } from './pack.ts';

/** Whatever has not ended by then hangs. */
const DEADLINE_MS = 60_000;

/** For suites of such runs; none of them shares anything. */
export const OPTIONS = { concurrent: true, timeout: 2 * DEADLINE_MS };

/** What a run may be given; its environment has nothing of ours but PATH. */
export interface RunOptions {
  cwd: string;
  env?: Record<string, string>;
  stdin?: 'ignore' | 'pipe';
  /** Called with what it has written so far, on both streams. */
  onOutput?: (output: string, child: ChildProcess) => void;
}

export interface Run {
  /** Exit code, or the signal that ended it. */
  code: number | NodeJS.Signals;
  stdout: string;
  stderr: string;
}

/** The package, packed and installed for tests as whoever runs `npm create` has it. */
export interface PackedProgram {
  tarball: string;
  /** What npm said when it installed it without a network and with an empty cache. */
  installed: string;
  /** Folder of the installed package. */
  folder: string;
  /** Its bin. */
  bin: string;
  /** An empty folder that is in no repository. */
  freshFolder: () => string;
  /** Runs the bin, and sees that it writes no escape codes. */
  run: (args: readonly string[], options: RunOptions) => Promise<Run>;
  /** Runs any command. */
  runCommand: (command: string, args: readonly string[], options: RunOptions) => Promise<Run>;
  /** Runs the bin in a terminal of its own. */
  runInTerminal: (
    args: readonly string[],
    options: TerminalOptions,
  ) => Promise<{ code: Run['code']; screen: string }>;
  remove: () => void;
}

interface TerminalOptions extends Pick<RunOptions, 'cwd' | 'env'> {
  /** Each is typed when its question is there, in this order. A function is called instead, with the process's id. */
  answers: readonly (readonly [question: string, answer: string | ((pid: number) => void)])[];
}

export function packedProgram(): PackedProgram {
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

  const runCommand: PackedProgram['runCommand'] = (
    command,
    args,
    { cwd, env, stdin = 'ignore', onOutput },
  ) => {
    const stdio: StdioOptions = [stdin, 'pipe', 'pipe'];
    const child = spawn(command, args, { cwd, env: { ...baseEnv, ...env }, stdio });
    return ended(child, [command, ...args].join(' '), onOutput);
  };
  return {
    tarball,
    installed,
    folder: join(place, 'node_modules', 'create-koa-session'),
    bin,
    freshFolder() {
      const folder = join(root, `run-${(folders += 1)}`);
      mkdirSync(folder);
      return folder;
    },
    async run(args, options) {
      const run = await runCommand(process.execPath, [bin, ...args], options);
      if (/\p{Cc}/u.test((run.stdout + run.stderr).replaceAll('\n', ''))) {
        throw new Error(`Escape codes without a terminal: ${JSON.stringify(run)}`);
      }
      return run;
    },
    runCommand,
    async runInTerminal(args, { cwd, env, answers }) {
      const words = [process.execPath, bin, ...args].map((word) => `'${word}'`).join(' ');
      const left = [...answers];
      let from = 0;
      const { code, stdout } = await runCommand(
        'script',
        ['-qefc', `echo "PID $$"; exec ${words}`, '/dev/null'],
        {
          cwd,
          env: { TERM: 'xterm', ...env },
          stdin: 'pipe',
          onOutput(output, { stdin }) {
            for (let next = left[0]; next !== undefined; next = left[0]) {
              const [question, answer] = next;
              const at = output.indexOf(question, from);
              if (at === -1) return;
              left.shift();
              from = at + question.length;
              if (typeof answer === 'string') stdin?.write(answer);
              else answer(Number(/PID (\d+)/.exec(output)?.[1]));
            }
          },
        },
      );
      const screen = stripVTControlCharacters(stdout)
        .replaceAll('\r', '')
        .replace(/^PID \d+\n/, '');
      if (left.length > 0)
        throw new Error(`It never asked ${left.map(([question]) => question).join(', ')}:\n${screen}`);
      return { code, screen };
    },
    remove: () => rmSync(root, { recursive: true }),
  };
}

async function ended(child: ChildProcess, command: string, onOutput: RunOptions['onOutput']): Promise<Run> {
  const written = { stdout: '', stderr: '' };
  let output = '';
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      written[name] += chunk;
      output += chunk;
      onOutput?.(output, child);
    });
  }
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.on('exit', killWithUs);
  try {
    return await new Promise((resolve, reject) => {
      const deadline = setTimeout(() => {
        child.kill('SIGKILL');
        for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
        reject(new Error(`${command} has not ended within ${DEADLINE_MS} ms, and wrote:\n${output}`));
      }, DEADLINE_MS);
      child.on('error', reject);
      // Not before everything that it has started has let go of its output.
      child.on('close', (code, signal) => {
        clearTimeout(deadline);
        resolve({ code: code ?? signal ?? 'SIGKILL', ...written });
      });
    });
  } finally {
    process.off('exit', killWithUs);
  }
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

/** Paths of the files in a folder, but for those of git, sorted. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .filter((path) => !path.startsWith('.git/'))
    .toSorted();
}
