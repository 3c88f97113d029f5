import type { ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  contentsOf,
  filesIn,
  listedIn,
  OPTIONS,
  type PackedProgram,
  packedProgram,
} from './testing/packed-program.ts';

let program: PackedProgram;
let planned: string[];
beforeAll(async () => {
  program = packedProgram();
  const { stdout } = await program.run(['app', '--dry-run', '--yes'], { cwd: program.freshFolder() });
  planned = listedIn(stdout).toSorted();
}, 180_000);
afterAll(() => program.remove());

const ONE_LINE = /^[^\n]+\n$/;
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** A folder with a program of this name, for the PATH. */
function fakeProgram(name: string, script: string): { PATH: string } {
  const folder = program.freshFolder();
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
  return { PATH: [folder, process.env['PATH']].join(delimiter) };
}

interface TerminalOptions {
  cwd: string;
  env?: Record<string, string>;
  /** Each is typed when its question is there, in this order. A function is called instead, with the process's id. */
  answers: readonly (readonly [question: string, answer: string | ((pid: number) => void)])[];
}

/** Runs the bin in a terminal of its own. */
async function runInTerminal(args: readonly string[], { cwd, env, answers }: TerminalOptions) {
  const words = [process.execPath, program.bin, ...args].map((word) => `'${word}'`).join(' ');
  const left = [...answers];
  let from = 0;
  const onOutput = (output: string, { stdin }: ChildProcess): void => {
    for (let next = left[0]; next !== undefined; next = left[0]) {
      const [question, answer] = next;
      const at = output.indexOf(question, from);
      if (at === -1) return;
      left.shift();
      from = at + question.length;
      if (typeof answer === 'string') stdin?.write(answer);
      else answer(Number(/PID (\d+)/.exec(output)?.[1]));
    }
  };
  const { code, stdout } = await program.runCommand(
    'script',
    ['-qefc', `echo "PID $$"; exec ${words}`, '/dev/null'],
    { cwd, env: { TERM: 'xterm', ...env }, stdin: 'pipe', onOutput },
  );
  const screen = stripVTControlCharacters(stdout)
    .replaceAll('\r', '')
    .replace(/^PID \d+\n/, '');
  if (left.length === 0) return { code, screen };
  throw new Error(`It never asked ${left.map(([question]) => question).join(', ')}:\n${screen}`);
}

describe('installing', OPTIONS, () => {
  it('is done by the package manager, in the app', async () => {
    const cwd = program.freshFolder();
    const env = fakeProgram('pnpm', 'echo "pnpm $* in $(pwd -P)"');
    const { code, stdout } = await program.run(['app', '--pm', 'pnpm'], { cwd, env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^pnpm install in \S+\/app$/m);
  });

  it('may fail, and the app is there anyway', async () => {
    const cwd = program.freshFolder();
    const { code, stderr } = await program.run(['app'], { cwd, env: fakeProgram('npm', 'exit 1') });
    expect(code).toBe(1);
    expect(stderr).toMatch(ONE_LINE);
    expect(stderr).toContain('The app is made, but its dependencies are not installed: npm ci');
    expect(stderr).toContain('exit code 1');
    expect(filesIn(join(cwd, 'app'))).toEqual(planned);
  });

  it('fails when there is no npm on the PATH', async () => {
    const cwd = program.freshFolder();
    const { code, stderr } = await program.run(['app'], { cwd, env: { PATH: cwd } });
    expect(code).toBe(1);
    expect(stderr).toMatch(ONE_LINE);
    expect(stderr).toContain('npm was not found');
    expect(filesIn(join(cwd, 'app'))).toEqual(planned);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'is stopped by %s with all it has started',
    async (signal) => {
      const cwd = program.freshFolder();
      let isSent = false;
      // Longer than the deadline; and as long as one of them runs, the output has no end.
      const env = fakeProgram('npm', 'sleep 60 &\necho installing\nsleep 60');
      const { code, stderr } = await program.run(['app'], {
        cwd,
        env,
        onOutput(output, child) {
          if (isSent || !output.includes('installing\n')) return;
          isSent = true;
          child.kill(signal);
        },
      });
      expect(stderr).toBe('Interrupted: the app is made, but its dependencies are not installed.\n');
      expect(code).toBe(EXIT_CODES[signal]);
      expect(filesIn(join(cwd, 'app'))).toEqual(planned);
    },
  );
});

/** Makes the program send itself a signal as soon as it has written so many files. */
const SIGNALS_ITSELF = `
const promises = require('node:fs/promises');
const { writeFile } = promises;
let left = Number(process.env.SIGNAL_AFTER);
promises.writeFile = async (...args) => {
  await writeFile(...args);
  left -= 1;
  if (left === 0) process.kill(process.pid, process.env.SIGNAL);
};
require('node:module').syncBuiltinESMExports();
`;

describe('a signal while it writes', OPTIONS, () => {
  const signals = Object.keys(EXIT_CODES) as (keyof typeof EXIT_CODES)[];

  /** In a folder that has the file mine.txt in its folder `filled`. */
  async function signalled(directory: string, signal: keyof typeof EXIT_CODES, after: number) {
    const cwd = program.freshFolder();
    mkdirSync(join(cwd, 'filled'));
    writeFileSync(join(cwd, 'filled', 'mine.txt'), 'mine');
    const preload = join(program.freshFolder(), 'signals-itself.cjs');
    writeFileSync(preload, SIGNALS_ITSELF);
    const env = { NODE_OPTIONS: `--require ${preload}`, SIGNAL: signal, SIGNAL_AFTER: String(after) };
    const run = await program.run([directory, '--force', '--no-install'], { cwd, env });
    return { ...run, cwd };
  }

  it.each(signals)('%s leaves nothing behind', async (signal) => {
    const { code, stderr, cwd } = await signalled('new/app', signal, 20);
    expect(stderr).toBe('Interrupted: nothing was made.\n');
    expect(code).toBe(EXIT_CODES[signal]);
    expect(contentsOf(cwd)).toEqual({ filled: 'folder', 'filled/mine.txt': 'mine' });
  });

  // The seed is printed when it fails.
  it('makes all or nothing, whenever it comes', async () => {
    const moment = fc.tuple(
      fc.constantFrom('app', 'new/app', 'filled'),
      fc.constantFrom(...signals),
      fc.integer({ min: 1, max: planned.length }),
    );
    await fc.assert(
      fc.asyncProperty(moment, async ([directory, signal, after]) => {
        const { code, cwd } = await signalled(directory, signal, after);
        const mine = { filled: 'folder', 'filled/mine.txt': 'mine' };
        const made = directory === 'filled' ? [...planned, 'mine.txt'].toSorted() : planned;
        const [expected, found] =
          code === 0
            ? [made, filesIn(join(cwd, directory))]
            : [
                { code: EXIT_CODES[signal], ...mine },
                { code, ...contentsOf(cwd) },
              ];
        expect(found).toEqual(expected);
      }),
      { numRuns: 6 },
    );
  });
});

describe('without a terminal', OPTIONS, () => {
  it.each([
    ['an open pipe that is never written', 'pipe'],
    ['empty', 'ignore'],
  ] as const)('asks nothing when its input is %s', async (_what, stdin) => {
    const cwd = program.freshFolder();
    const { code } = await program.run(['--no-install'], { cwd, stdin });
    expect(code).toBe(0);
    expect(filesIn(join(cwd, 'my-app'))).toEqual(planned);
  });

  it.each([
    ['its input is closed', '"$@" <&-; echo $? > code'],
    ['nobody reads its output to the end', '{ "$@"; echo $? > code; } | head -n 1'],
    ['its output is closed', '"$@" >&-; echo $? > code'],
  ])('makes the app though %s', async (_what, script) => {
    const cwd = program.freshFolder();
    const command = ['-c', script, 'sh', process.execPath, program.bin, 'app', '--no-install'];
    await program.runCommand('sh', command, { cwd });
    expect(readFileSync(join(cwd, 'code'), 'utf8')).toBe('0\n');
    expect(filesIn(join(cwd, 'app'))).toEqual(planned);
  });
});

const WHERE = 'Where to? [my-app] ';
const STORE = 'Number or name? [1] ';
const EXAMPLES = 'With the example pages? [Y/n] ';
const GIT = 'Make it a git repository? [Y/n] ';
const INSTALL = 'Install the dependencies? [Y/n] ';
const ENTER = '\r';

// With the `script` of util-linux.
describe.runIf(process.platform === 'linux')('in a terminal', OPTIONS, () => {
  it('takes the defaults on Enter', async () => {
    const cwd = program.freshFolder();
    const { code, screen } = await runInTerminal([], {
      cwd,
      env: fakeProgram('npm', 'echo installing'),
      answers: [WHERE, STORE, EXAMPLES, GIT, INSTALL].map((question) => [question, ENTER] as const),
    });
    expect({ code, screen }).toMatchObject({ code: 0 });
    expect(screen).toContain('installing\n');
    expect(screen).toContain('--store memory --no-minimal --git --install --pm npm\n');
    expect(filesIn(join(cwd, 'my-app'))).toEqual(planned);
    expect(existsSync(join(cwd, 'my-app', '.git'))).toBe(true);
  });

  it('takes numbers, names and their beginnings, and asks again after a wrong answer', async () => {
    const cwd = program.freshFolder();
    const { code, screen } = await runInTerminal([], {
      cwd,
      answers: [
        [WHERE, `My Shop${ENTER}`],
        ['Name of the package? [my-shop] ', `My${ENTER}`],
        ['npm refuses the name "My"', ''],
        ['Name of the package? [my-shop] ', `@scope/shop${ENTER}`],
        [STORE, `4${ENTER}`],
        ['"4" is not a storage', ''],
        [STORE, `red${ENTER}`],
        [EXAMPLES, `perhaps${ENTER}`],
        ['"perhaps" is neither', ''],
        [EXAMPLES, `no${ENTER}`],
        [GIT, `N${ENTER}`],
        [INSTALL, `n${ENTER}`],
      ],
    });
    expect({ code, screen }).toMatchObject({ code: 0 });
    expect(screen).toContain(
      "-- 'My Shop' --name @scope/shop --store redis --minimal --no-git --no-install --pm npm\n",
    );
    expect(readdirSync(cwd)).toEqual(['My Shop']);
  });

  it.each([
    ['--yes', ['--yes'], {}],
    ['CI=true', [], { CI: 'true' }],
  ])('asks nothing with %s', async (_what, args, env) => {
    const cwd = program.freshFolder();
    const { code, screen } = await runInTerminal(['--no-install', ...args], {
      cwd,
      env,
      answers: [],
    });
    expect({ code, screen }).toMatchObject({ code: 0 });
    expect(screen).toContain('Not given, so by default:');
    expect(filesIn(join(cwd, 'my-app'))).toEqual(planned);
  });

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('makes nothing after %s', async (_what, key) => {
    const cwd = program.freshFolder();
    const { code, screen } = await runInTerminal([], {
      cwd,
      answers: [
        [WHERE, ENTER],
        [STORE, key],
      ],
    });
    expect(screen).toMatch(/\nCancelled: nothing was made\.\n$/);
    expect(code).toBe(130);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'makes nothing after %s at a question',
    async (signal) => {
      const cwd = program.freshFolder();
      const { code, screen } = await runInTerminal([], {
        cwd,
        answers: [[WHERE, (pid) => process.kill(pid, signal)]],
      });
      expect(screen).toMatch(/\nInterrupted: nothing was made\.\n$/);
      expect(code).toBe(EXIT_CODES[signal]);
      expect(readdirSync(cwd)).toEqual([]);
    },
  );

  it('says at once, and without a question, that a directory cannot be', async () => {
    const cwd = program.freshFolder();
    const { code, screen } = await runInTerminal(['node_modules/app'], { cwd, answers: [] });
    expect(screen).toMatch(ONE_LINE);
    expect(code).toBe(2);
    expect(readdirSync(cwd)).toEqual([]);
  });
});
