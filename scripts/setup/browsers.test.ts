import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KINDS } from '../browsers.js';
import { browsersProblem, provideBrowsers } from './browsers.js';
import { advice } from './browser-ways.js';
import { Interrupted, SetupError } from './setup-error.js';

const debian = { platform: 'linux', isRoot: true, osRelease: 'NAME="Debian"\nID=debian\n' };
const ubuntu = { platform: 'linux', isRoot: true, osRelease: 'ID=ubuntu\nID_LIKE=debian\n' };
const mint = { platform: 'linux', isRoot: true, osRelease: 'ID=linuxmint\nID_LIKE="ubuntu debian"\n' };
const fedora = { platform: 'linux', isRoot: true, osRelease: 'ID=fedora\n' };
const macos = { platform: 'darwin', isRoot: false, osRelease: '' };

const CHROMIUM = 'Chromium';
const SHELL = "Chromium's headless shell";
const ALL = KINDS.map(({ name }) => name);

const PLAYWRIGHT = 'node node_modules/playwright/cli.js';
const UPDATE = 'apt-get update';
const INSTALL = 'apt-get install -y --no-install-recommends';

let root: string;
const at = (...path: string[]) => join(root, ...path);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'browsers-'));
  for (const name of ALL) writeFileSync(at(name), '');
});
afterEach(() => rmSync(root, { recursive: true }));

interface Circumstances {
  system?: typeof debian;
  ci?: string;
  /** Names of those that are there from the start. */
  there?: string[];
  /** Which ones are there after a command that has this in it. */
  brings?: Record<string, string[]>;
  /** Playwright's downloads that are there, but do not start. */
  downloaded?: string[];
  /** Parts of commands that fail, each with `failure`. */
  fails?: string[];
  failure?: Error;
  /** What it says is added to this. */
  said?: string[];
}

async function provide({ system = debian, ci = '', there = [], ...more }: Circumstances = {}) {
  const { brings = {}, downloaded = [], fails = [], failure = new SetupError('Failed'), said = [] } = more;
  const commands: string[] = [];
  const asked: string[] = [];
  const here = new Set(there);
  await provideBrowsers(root, (line) => said.push(line), {
    env: { CI: ci },
    system,
    find: ({ name }) => {
      asked.push(name);
      return here.has(name)
        ? { engine: 'chromium', driver: 'Playwright', executablePath: at(name), version: '1' }
        : undefined;
    },
    isDownloaded: ({ name }) => downloaded.includes(name),
    run: async (command) => {
      const line = command.join(' ').replace(process.execPath, 'node');
      commands.push(line);
      if (fails.some((part) => line.includes(part))) throw failure;
      for (const [part, names] of Object.entries(brings)) {
        if (line.includes(part)) for (const name of names) here.add(name);
      }
    },
  });
  return { commands, said, asked };
}

const problem = (env: NodeJS.ProcessEnv = {}) => browsersProblem(root, env);

describe('getting the browsers', () => {
  it('begins with one download of all, and ends with it when it works', async () => {
    const { commands, said } = await provide({ brings: { 'playwright/cli.js install': ALL } });
    expect(commands).toEqual([`${PLAYWRIGHT} install chromium firefox webkit`]);
    expect(said).toEqual([
      "Downloading Playwright's Chromium, Firefox, and WebKit",
      `The tests use ${ALL.map((name) => at(name)).join(', ')}`,
    ]);
  });

  it('downloads nothing but what is missing', async () => {
    const { commands } = await provide({
      there: [CHROMIUM, SHELL, 'WebKit'],
      brings: { 'playwright/cli.js install': ['Firefox'] },
    });
    expect(commands).toEqual([`${PLAYWRIGHT} install firefox`]);
  });

  it("takes the distribution's packages, all at once, where no download is possible", async () => {
    const { commands, said } = await provide({ fails: ['playwright'], brings: { 'apt-get install': ALL } });
    expect(commands).toEqual([
      `${PLAYWRIGHT} install chromium firefox webkit`,
      UPDATE,
      `${INSTALL} chromium chromium-headless-shell firefox-esr webkit2gtk-driver xvfb gjs gir1.2-webkit2-4.1`,
    ]);
    expect(said.slice(0, 3)).toEqual([
      "Downloading Playwright's Chromium, Firefox, and WebKit",
      'Failed',
      "Installing the distribution's Chromium, Chromium's headless shell, Firefox, and WebKit",
    ]);
  });

  it('goes on package by package where not all of them can be had: Mint has no firefox-esr', async () => {
    const { commands } = await provide({
      system: mint,
      fails: ['playwright', 'firefox-esr'],
      brings: { 'recommends chromium': [CHROMIUM, SHELL], 'recommends webkit2gtk': ['WebKit'] },
    });
    expect(commands.slice(3)).toEqual([
      `${INSTALL} chromium`,
      `${INSTALL} firefox-esr`,
      `${INSTALL} webkit2gtk-driver xvfb gjs gir1.2-webkit2-4.1`,
    ]);
  });

  it('adds the libraries to downloads that do not start, with no need for other browsers', async () => {
    const { commands } = await provide({
      there: [CHROMIUM, SHELL],
      downloaded: ['Firefox', 'WebKit'],
      brings: { 'install-deps': ['Firefox', 'WebKit'] },
    });
    expect(commands.at(-1)).toBe(`${PLAYWRIGHT} install-deps firefox webkit`);
  });

  it('takes no package of Ubuntu that is only a hint to install a snap', async () => {
    const { commands } = await provide({ system: ubuntu, there: [CHROMIUM], fails: ['playwright'] });
    expect(commands.slice(1)).toEqual([UPDATE, `${INSTALL} webkit2gtk-driver xvfb gjs gir1.2-webkit2-4.1`]);
  });

  it.each([
    ['where there is no apt', fedora],
    ['without root', { ...debian, isRoot: false }],
    ['on macOS', macos],
  ])('leaves the packages alone %s', async (_, system) => {
    const { commands } = await provide({ system, there: [CHROMIUM], fails: ['playwright'] });
    expect(commands).toEqual([`${PLAYWRIGHT} install firefox webkit`]);
  });

  it('installs nothing where all are found', async () => {
    expect((await provide({ there: ALL })).commands).toEqual([]);
  });

  it('tries nothing else once a person has stopped it', async () => {
    const attempt = provide({ fails: ['playwright'], failure: new Interrupted('Stopped by SIGINT') });
    await expect(attempt).rejects.toThrow('Stopped by SIGINT');
  });
});

describe('without some of the browsers', () => {
  it('a person goes on, told in one line, and it is not tried again for a day', async () => {
    const first = await provide({ there: [CHROMIUM], fails: ['install'] });
    expect(first.said.at(-1)).toMatch(/^Without Firefox and WebKit [^\n]* firefox webkit$/);
    const second = await provide({ there: [CHROMIUM] });
    expect(second.commands).toEqual([]);
    expect(second.said.at(-1)).toBe(first.said.at(-1));
    // One that does not start may take long to say so.
    expect(second.asked).toEqual([SHELL, 'Firefox', 'WebKit']);
  });

  it('a person who installs them is believed at once', async () => {
    await provide({ there: [CHROMIUM], fails: ['install'] });
    await provide({ there: ALL });
    expect(problem()).toBeUndefined();
  });

  it('Chromium is tried again, since nothing goes without it', async () => {
    const said: string[] = [];
    await expect(provide({ fails: ['install'], said })).rejects.toThrow(
      'There is no Chromium for the end-to-end',
    );
    expect(said).not.toContainEqual(expect.stringContaining('The tests use'));
    const brings = { 'cli.js install': ALL };
    expect((await provide({ brings })).commands).toHaveLength(1);
  });

  it('CI fails, though it was tried lately, with what to do', async () => {
    await provide({ there: [CHROMIUM], fails: ['install'] });
    const attempt = provide({ there: [CHROMIUM, 'Firefox'], ci: 'true', fails: ['install'] });
    await expect(attempt).rejects.toThrow(SetupError);
    await expect(attempt).rejects.toThrow('There is no WebKit for the end-to-end tests');
    await expect(attempt).rejects.toThrow(
      'sudo apt-get install webkit2gtk-driver xvfb gjs gir1.2-webkit2-4.1',
    );
  });

  it('the headless shell is missed by nobody', async () => {
    const { commands, said } = await provide({
      there: ALL.filter((name) => name !== SHELL),
      downloaded: [SHELL],
      fails: ['install'],
      ci: 'true',
    });
    expect(commands).toEqual([UPDATE, `${INSTALL} chromium-headless-shell`]);
    expect(said.at(-1)).toMatch(/^The tests use /);
    expect(problem()).toBeUndefined();
  });

  it('what a person is told to do fits the system', () => {
    const [chromium] = KINDS;
    if (chromium === undefined) throw new Error('There are no kinds');
    const error = (system: typeof debian) => advice(system, [chromium]).error;
    expect(error(debian)).toContain('sudo apt-get install chromium');
    expect(error(ubuntu)).not.toContain('apt-get install chromium');
    expect(error(ubuntu)).toContain('--with-deps');
    expect(error(macos)).toContain('npx playwright install chromium\n');
    expect(error(macos)).toContain('set CHROMIUM_PATH');
  });
});

describe('the remembered browsers', () => {
  it('hold as long as they are the same files, and the same was asked for', async () => {
    expect(problem()).toBe('there is no Chromium, no Firefox, no WebKit yet');
    await provide({ there: ALL });
    expect(problem()).toBeUndefined();
    expect(problem({ CHROMIUM_PATH: '/opt/chrome' })).toBeDefined();
    expect(problem({ FIREFOX_PATH: '/opt/firefox' })).toBeDefined();
    expect(problem({ PLAYWRIGHT_BROWSERS_PATH: '/opt' })).toBeDefined();
    rmSync(at('Firefox'));
    expect(problem()).toBe('there is no Firefox yet');
  });

  it.each(['', '{"asked":"1.6', 'null'])('are looked for again where it cannot be read: %j', async (text) => {
    await provide({ there: ALL });
    writeFileSync(at('node_modules', '.cache', 'browsers.json'), text);
    expect(problem()).toBe('there is no Chromium, no Firefox, no WebKit yet');
    await provide({ there: ALL });
    expect(problem()).toBeUndefined();
    expect(readdirSync(at('node_modules', '.cache'))).toEqual(['browsers.json']);
  });

  it('are looked for again after another Playwright was installed', async () => {
    await provide({ there: ALL });
    mkdirSync(at('node_modules', 'playwright'));
    writeFileSync(at('node_modules', 'playwright', 'package.json'), '{"version":"2.0.0"}');
    expect(problem()).toBe('there is no Chromium, no Firefox, no WebKit yet');
  });
});
