import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { advice, chromiumProblem, waysToInstall } from './chromium.js';
import { firstThatWorks } from './install.js';
import { Interrupted, SetupError } from './setup-error.js';

const debian = { platform: 'linux', isRoot: true, osRelease: 'NAME="Debian"\nID=debian\n' };
const ubuntu = { platform: 'linux', isRoot: true, osRelease: 'ID=ubuntu\nID_LIKE=debian\n' };
const mint = { platform: 'linux', isRoot: true, osRelease: 'ID=linuxmint\nID_LIKE="ubuntu debian"\n' };
const fedora = { platform: 'linux', isRoot: true, osRelease: 'ID=fedora\n' };

interface Circumstances {
  /** Part of the command after which a browser is there. */
  cure?: string;
  /** A browser is there from the start. */
  there?: boolean;
  /** Playwright's download is there, but does not start. */
  downloaded?: boolean;
  /** Parts of commands that fail, each with `failure`. */
  fails?: string[];
  failure?: Error;
}

async function tryAll(
  system: typeof debian,
  { cure, there = false, downloaded = false, fails = [], failure = new SetupError('Failed') }: Circumstances,
) {
  const commands: string[] = [];
  const said: string[] = [];
  const cured = () => cure !== undefined && commands.some((command) => command.includes(cure));
  const found = await firstThatWorks({
    find: () => (there || cured() ? '/usr/bin/chromium' : undefined),
    ways: waysToInstall(system, { downloaded: () => downloaded }),
    run: async (command) => {
      const line = command.join(' ').replace(process.execPath, 'node');
      if (fails.some((part) => line.includes(part))) throw failure;
      commands.push(line);
    },
    say: (line) => said.push(line),
  });
  return { found, commands, said };
}

describe('getting a Chromium', () => {
  it('begins with the download, and ends with it when it works', async () => {
    expect((await tryAll(debian, { cure: 'playwright' })).commands).toEqual([
      'node node_modules/playwright/cli.js install --no-shell chromium',
    ]);
  });

  it.each([
    ['Debian', debian],
    ['Mint', mint],
  ])("takes the distribution's package where no download is possible: %s", async (_, system) => {
    const { found, commands, said } = await tryAll(system, {
      cure: 'apt-get install',
      fails: ['playwright'],
    });
    expect(commands).toEqual(['apt-get update', 'apt-get install -y --no-install-recommends chromium']);
    expect(found).toBe('/usr/bin/chromium');
    expect(said).toEqual([
      "Downloading Playwright's Chromium",
      'Failed',
      "Installing the distribution's Chromium",
    ]);
  });

  it('adds the libraries to a download that does not start, with no need for another browser', async () => {
    const { commands } = await tryAll(debian, { cure: 'install-deps', downloaded: true });
    expect(commands.at(-1)).toBe('node node_modules/playwright/cli.js install-deps chromium');
  });

  it.each([
    ['on Ubuntu, where it is only a hint to install a snap', ubuntu],
    ['where there is no apt', fedora],
    ['without root', { ...debian, isRoot: false }],
    ['on macOS', { platform: 'darwin', isRoot: true, osRelease: '' }],
  ])('leaves the package alone %s', async (_, system) => {
    const { found, commands } = await tryAll(system, { fails: ['playwright'] });
    expect(commands).toEqual([]);
    expect(found).toBeUndefined();
  });

  it('installs nothing where a browser is found', async () => {
    expect(await tryAll(debian, { there: true })).toEqual({
      found: '/usr/bin/chromium',
      commands: [],
      said: [],
    });
  });

  it('tries nothing else once a person has stopped it', async () => {
    const attempt = tryAll(debian, { fails: ['playwright'], failure: new Interrupted('Stopped by SIGINT') });
    await expect(attempt).rejects.toThrow('Stopped by SIGINT');
  });

  it('ends with commands that fit the system', () => {
    expect(advice(debian)).toContain('sudo apt-get install chromium');
    expect(advice(ubuntu)).not.toContain('apt-get install chromium');
    expect(advice(ubuntu)).toContain('--with-deps');
    expect(advice({ platform: 'darwin', isRoot: false, osRelease: '' })).toContain(
      'npx playwright install chromium',
    );
  });
});

describe('the remembered Chromium', () => {
  it('holds as long as it exists and the same was asked for', () => {
    const root = mkdtempSync(join(tmpdir(), 'chromium-'));
    const remember = (executable: string) => {
      mkdirSync(join(root, 'node_modules', '.cache'), { recursive: true });
      const finding = JSON.stringify({ asked: '\n', executable });
      writeFileSync(join(root, 'node_modules', '.cache', 'chromium.json'), finding);
    };
    try {
      expect(chromiumProblem(root, {})).toBe('the tests need a browser');
      remember(process.execPath);
      expect(chromiumProblem(root, {})).toBeUndefined();
      expect(chromiumProblem(root, { CHROMIUM_PATH: '/opt/chrome' })).toBeDefined();
      expect(chromiumProblem(root, { PLAYWRIGHT_BROWSERS_PATH: '/opt' })).toBeDefined();
      remember(join(root, 'removed'));
      expect(chromiumProblem(root, {})).toBeDefined();
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
