import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import type { Given } from './arguments.ts';
import { askFor, openTerminal } from './choose.ts';
import { Stopped } from './failure.ts';

const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'choose-')));
mkdirSync(join(cwd, 'taken'));
writeFileSync(join(cwd, 'taken', 'file'), '');
afterAll(() => rmSync(cwd, { recursive: true }));

/** Somebody who answers in this order, and what was asked and said. */
async function answering(answers: string[], given: Partial<Given> = {}) {
  const seen: string[] = [];
  const left = [...answers];
  const terminal = {
    ask: async (question: string) => {
      const answer = left.shift();
      if (answer === undefined) throw new Stopped('Cancelled: nothing was made.', 'SIGINT');
      seen.push(question);
      return answer;
    },
    say: (line: string) => void seen.push(line),
    close: () => {},
  };
  const { pm: _pm, sessionTests: _tests, ...choices } = await askFor(terminal, given, cwd);
  expect(left).toEqual([]);
  return { choices, seen };
}

const STORES_ARE = [
  'Where do sessions live?',
  '  1) memory: in the memory of one process',
  '  2) cookie: in the cookie, sealed; no store at all',
  '  3) redis: in Redis, for many processes',
];

describe('askFor', () => {
  it('asks for another directory as long as no app can be there', async () => {
    const { choices, seen } = await answering(['taken', 'free', '', '', '', '']);
    expect(choices).toMatchObject({ directory: 'free', name: 'free' });
    expect(seen.slice(0, 3)).toEqual([
      'Where to? [my-app] ',
      '"taken" is not empty: choose another directory, or start again with --force.',
      'Where to? [my-app] ',
    ]);
  });

  it('takes a directory that is not empty with --force', async () => {
    const { choices } = await answering(['taken', '', '', '', ''], { force: true });
    expect(choices).toMatchObject({ directory: 'taken' });
  });

  it('asks for another directory with --force too, when no app can be there', async () => {
    const answers = ['node_modules', 'taken/file', 'free', '', '', '', ''];
    const { choices } = await answering(answers, { force: true });
    expect(choices).toMatchObject({ directory: 'free' });
  });

  it('asks for all that was not given, and takes empty answers for the defaults', async () => {
    const { choices, seen } = await answering(['', ' ', '', '\t', '']);
    expect(choices).toEqual({
      directory: 'my-app',
      name: 'my-app',
      store: 'memory',
      minimal: false,
      git: true,
      install: true,
    });
    expect(seen).toEqual([
      'Where to? [my-app] ',
      ...STORES_ARE,
      'Number or name? [1] ',
      'With the example pages? [Y/n] ',
      'Make it a git repository? [Y/n] ',
      'Install the dependencies? [Y/n] ',
    ]);
  });

  it('takes every answer', async () => {
    const { choices } = await answering([' shop ', 'redis', 'n', 'no', 'N']);
    expect(choices).toEqual({
      directory: 'shop',
      name: 'shop',
      store: 'redis',
      minimal: true,
      git: false,
      install: false,
    });
  });

  const all = {
    directory: 'd',
    name: 'n',
    store: 'cookie',
    minimal: true,
    git: false,
    install: false,
  } as const;

  it('asks nothing when all was given', async () => {
    expect(await answering([], all)).toEqual({ choices: all, seen: [] });
  });

  it.each([
    ['directory', ['elsewhere'], { ...all, directory: 'elsewhere' }, 'Where to?'],
    ['store', ['3'], { ...all, store: 'redis' }, 'Number or name?'],
    ['minimal', ['y'], { ...all, minimal: false }, 'With the example pages?'],
    ['git', ['y'], { ...all, git: true }, 'git repository?'],
    ['install', ['y'], { ...all, install: true }, 'Install'],
  ])('asks for the %s alone when only that was not given', async (missing, answers, expected, question) => {
    const { choices, seen } = await answering(answers, { ...all, [missing]: undefined });
    expect(choices).toEqual(expected);
    expect(seen.at(-1)).toContain(question);
    expect(seen.filter((line) => line.endsWith('] '))).toHaveLength(1);
  });

  it('asks for a name when the directory’s cannot be one, and proposes the nearest', async () => {
    const { choices, seen } = await answering([''], { ...all, name: undefined, directory: 'My Shop' });
    expect(choices).toMatchObject({ directory: 'My Shop', name: 'my-shop' });
    expect(seen).toEqual([
      'npm refuses the name "My Shop": name can only contain URL-friendly characters.',
      'Name of the package? [my-shop] ',
    ]);
  });

  it('asks again until the name is one', async () => {
    const answers = ['My Shop', 'my shop', '../shop', ' shop '];
    const { choices, seen } = await answering(answers, { ...all, name: undefined, directory: '日本' });
    expect(choices.name).toBe('shop');
    expect(seen.filter((line) => line === 'Name of the package? [koa-app] ')).toHaveLength(4);
    expect(seen).toContain(
      'npm refuses the name "My Shop": name can only contain URL-friendly characters. Try my-shop',
    );
    expect(seen).toContain(
      'npm refuses the name "my shop": name can only contain URL-friendly characters. Try my-shop',
    );
  });

  it.each([
    ['1', 'memory'],
    ['2', 'cookie'],
    ['3', 'redis'],
    ['m', 'memory'],
    ['Coo', 'cookie'],
    ['REDIS', 'redis'],
    [' r ', 'redis'],
  ])('takes %j for the store %s', async (answer, store) => {
    const { choices } = await answering([answer], { ...all, store: undefined });
    expect(choices.store).toBe(store);
  });

  it.each(['0', '4', '1 ,2', '01', 'redis!', 'sqlite', 'e', '-1'])(
    'asks again when the store is %j',
    async (answer) => {
      const { choices, seen } = await answering([answer, '2'], { ...all, store: undefined });
      expect(choices.store).toBe('cookie');
      expect(seen).toContain(
        `${JSON.stringify(answer)} is not a storage: answer memory, cookie, redis, or 1 to 3.`,
      );
      expect(seen.filter((line) => line.startsWith('Number'))).toHaveLength(2);
    },
  );

  it.each(['maybe', 'yep', '1', 'yesno', 'ny', 'n o'])(
    'asks again when it is yes or no, and not %j',
    async (answer) => {
      const { choices, seen } = await answering([answer, 'YES'], { ...all, git: undefined });
      expect(choices.git).toBe(true);
      expect(seen).toEqual([
        'Make it a git repository? [Y/n] ',
        `${JSON.stringify(answer)} is neither: answer y or n.`,
        'Make it a git repository? [Y/n] ',
      ]);
    },
  );

  it('passes on that the person has stopped it', async () => {
    await expect(answering(['shop', 'cookie'])).rejects.toThrow(Stopped);
  });
});

/** A terminal of which the test is the keyboard and the screen. */
function screen() {
  const keyboard = new PassThrough();
  const output = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY: true, columns: 80 });
  const terminal = openTerminal(
    keyboard as unknown as NodeJS.ReadStream,
    output as unknown as NodeJS.WriteStream,
  );
  return { terminal, keyboard, shown: () => String(output.read() ?? '') };
}

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

describe('a terminal', () => {
  it('shows the question and gives what was typed', async () => {
    const { terminal, keyboard, shown } = screen();
    const answer = terminal.ask('Where to? ');
    keyboard.write('sho');
    keyboard.write('p\r');
    expect(await answer).toBe('shop');
    terminal.say('Good.');
    expect(shown()).toMatch(/Where to\? [^]*shop[^]*Good\.\n$/);
    terminal.close();
  });

  it('loses no line of several that came at once', async () => {
    const { terminal, keyboard, shown } = screen();
    const first = terminal.ask('1? ');
    keyboard.write('one\r\rthree\r');
    expect([await first, await terminal.ask('2? '), await terminal.ask('3? ')]).toEqual(['one', '', 'three']);
    expect(shown()).toMatch(/2\? \n3\? three\n$/);
    terminal.close();
  });

  it.each([
    ['Ctrl-C', CTRL_C],
    ['Ctrl-C after a word', `shop${CTRL_C}`],
    ['Ctrl-D', CTRL_D],
  ])('is cancelled by %s, and stays so', async (_keys, keys) => {
    const { terminal, keyboard, shown } = screen();
    const answer = terminal.ask('Where to? ');
    keyboard.write(keys);
    await expect(answer).rejects.toThrow(Stopped);
    await expect(terminal.ask('And now? ')).rejects.toThrow(Stopped);
    expect(shown()).toMatch(/\n$/);
    terminal.close();
  });

  it('is cancelled by Esc', async () => {
    const { terminal, keyboard } = screen();
    const answer = terminal.ask('Where to? ');
    // Typed, it would be waited for the rest of another key that begins with it.
    keyboard.emit('keypress', '\u001B', { name: 'escape' });
    await expect(answer).rejects.toThrow(Stopped);
    terminal.close();
  });

  it('is cancelled at the end of the input', async () => {
    const { terminal, keyboard } = screen();
    const answer = terminal.ask('Where to? ');
    keyboard.end();
    await expect(answer).rejects.toThrow(Stopped);
  });

  it('is cancelled by Ctrl-C between two questions', async () => {
    const { terminal, keyboard } = screen();
    const answer = terminal.ask('Where to? ');
    keyboard.write(`shop\rcookie\r${CTRL_C}`);
    expect(await answer).toBe('shop');
    await expect(terminal.ask('And now? ')).rejects.toThrow(Stopped);
    terminal.close();
  });

  it('is cancelled when it is closed, as by a signal', async () => {
    const { terminal } = screen();
    const answer = terminal.ask('Where to? ');
    terminal.close();
    await expect(answer).rejects.toThrow(Stopped);
  });
});
