import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { chromium, headlessShell } from './chromium.js';
import { firefox } from './firefox.js';
import { firstThatStarts, type Kind, type Machine, thisMachine } from './looking.js';
import { webkit } from './webkit.js';

const DOWNLOADS = '/home/ann/.cache/ms-playwright';
const OWN = `${DOWNLOADS}/chromium-1248/chrome-linux64/chrome`;
const SHELL = `${DOWNLOADS}/chromium_headless_shell-1248/chrome-headless-shell-linux64/chrome-headless-shell`;
const DRIVER = '/usr/bin/WebKitWebDriver';
const COMPANIONS = ['/usr/bin/Xvfb', '/usr/bin/gjs', '/usr/bin/setpriv'];

/** A machine on which only `files` exist, all of which start. */
function machine(platform: string, files: string[], env: NodeJS.ProcessEnv = {}): Machine {
  return {
    platform,
    env,
    exists: (file) => files.includes(file),
    list: (folder) =>
      files
        .filter((file) => file.startsWith(`${folder}/`))
        .map((file) => file.slice(folder.length + 1).split('/')[0] ?? ''),
    ask: () => ({ version: '156.0' }),
  };
}

function find(kind: Kind, on: Machine, own?: string, onDefect = (_file: string, _defect: string) => {}) {
  return firstThatStarts(kind.places(on, own), on, onDefect);
}

const pathOf = (...args: Parameters<typeof find>) => find(...args)?.executablePath;
const linux = (...files: string[]) => machine('linux', files, { PATH: '/usr/bin' });

describe('Chromium', () => {
  it("is rather Playwright's own than one of the system", () => {
    expect(pathOf(chromium, linux(OWN, '/usr/bin/chromium'), OWN)).toBe(OWN);
  });

  it.each([
    ['linux', '/usr/bin/chromium', { PATH: '/usr/local/bin:/usr/bin' }],
    ['linux', '/opt/bin/microsoft-edge', { PATH: '/usr/bin::/opt/bin' }],
    ['darwin', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', { PATH: '/usr/bin' }],
    ['darwin', '/opt/homebrew/bin/chromium', { PATH: '/opt/homebrew/bin' }],
    [
      'win32',
      'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
      { PROGRAMFILES: 'C:\\Program Files', 'PROGRAMFILES(X86)': 'C:\\Program Files (x86)' },
    ],
    [
      'win32',
      'C:\\Users\\ann\\AppData\\Local\\Google\\Chrome\\Application\\chrome.exe',
      { LOCALAPPDATA: 'C:\\Users\\ann\\AppData\\Local' },
    ],
  ])('is found on the system, %s: %s', (platform, file, env) => {
    expect(find(chromium, machine(platform, [file], env), OWN)).toEqual({
      engine: 'chromium',
      driver: 'Playwright',
      executablePath: file,
      version: '156.0',
    });
  });

  it('is rather Chromium than Chrome, whatever their order in PATH', () => {
    const files = ['/a/google-chrome', '/b/chromium'];
    expect(pathOf(chromium, machine('linux', files, { PATH: '/a:/b' }))).toBe('/b/chromium');
  });

  it.each([
    ['CHROMIUM_PATH', chromium],
    ['CHROMIUM_PATH', headlessShell],
    ['FIREFOX_PATH', firefox],
  ])('what %s says comes before all others, and a wrong path is refused', (variable, kind) => {
    const files = [OWN, SHELL, '/usr/bin/firefox', '/opt/nightly/browser'];
    const choosing = (file: string) => machine('linux', files, { [variable]: file, PATH: '/usr/bin' });
    expect(pathOf(kind, choosing('/opt/nightly/browser'), OWN)).toBe('/opt/nightly/browser');
    expect(() => find(kind, choosing('/opt/tpyo'), OWN)).toThrow(`${variable} is '/opt/tpyo'`);
    expect(pathOf(kind, choosing(''), OWN)).not.toBe('/opt/nightly/browser');
  });

  it('is found nowhere where there is none', () => {
    expect(find(chromium, linux(), OWN)).toBeUndefined();
    expect(find(chromium, machine('win32', []))).toBeUndefined();
  });
});

describe("Chromium's headless shell", () => {
  it('is the one that Playwright has downloaded with Chromium, or else that of the system', () => {
    expect(pathOf(headlessShell, linux(OWN, SHELL, '/usr/bin/chromium-headless-shell'), OWN)).toBe(SHELL);
    expect(pathOf(headlessShell, linux(OWN, '/usr/bin/chromium-headless-shell'), OWN)).toBe(
      '/usr/bin/chromium-headless-shell',
    );
    expect(find(headlessShell, linux(OWN), OWN)).toBeUndefined();
    expect(find(headlessShell, linux(OWN))).toBeUndefined();
  });
});

describe('Firefox', () => {
  const own = `${DOWNLOADS}/firefox-1555/firefox/firefox`;

  it("is rather Playwright's own than one of the system, which is driven in another way", () => {
    const files = [own, '/usr/bin/firefox-esr'];
    expect(find(firefox, linux(...files), own)).toMatchObject({ driver: 'Playwright', executablePath: own });
    expect(find(firefox, linux('/usr/bin/firefox-esr'), own)).toMatchObject({
      driver: 'Playwright over BiDi',
      executablePath: '/usr/bin/firefox-esr',
    });
  });

  it.each([
    ['darwin', '/Applications/Firefox.app/Contents/MacOS/firefox', {}],
    ['win32', 'C:\\Program Files\\Mozilla Firefox\\firefox.exe', { PROGRAMFILES: 'C:\\Program Files' }],
  ])('is found on %s', (platform, file, env) => {
    expect(pathOf(firefox, machine(platform, [file], env))).toBe(file);
  });
});

describe('WebKit', () => {
  const own = `${DOWNLOADS}/webkit-2370/pw_run.sh`;

  it("is rather Playwright's own than WebKitGTK", () => {
    const all = linux(own, DRIVER, ...COMPANIONS);
    expect(find(webkit, all, own)).toMatchObject({
      engine: 'webkit',
      driver: 'Playwright',
      executablePath: own,
    });
    expect(find(webkit, linux(DRIVER, ...COMPANIONS), own)).toMatchObject({
      engine: 'webkitgtk',
      driver: 'WebDriver',
      executablePath: DRIVER,
    });
  });

  it.each(COMPANIONS)('is no WebKitGTK without %s', (companion) => {
    const others = COMPANIONS.filter((one) => one !== companion);
    expect(find(webkit, linux(DRIVER, ...others))).toBeUndefined();
  });

  it('is no WebKitGTK elsewhere than on Linux', () => {
    const files = [DRIVER, ...COMPANIONS];
    expect(find(webkit, machine('darwin', files, { PATH: '/usr/bin' }))).toBeUndefined();
  });
});

describe('a browser that does not start', () => {
  it('is passed over, and it is said why', () => {
    const onDefect = vi.fn<(file: string, defect: string) => void>();
    const found = pathOf(
      chromium,
      {
        ...linux('/usr/bin/chromium-browser', '/usr/bin/google-chrome'),
        ask: ([file = '']) =>
          file.endsWith('chromium-browser') ? { defect: 'requires the chromium snap' } : { version: '156' },
      },
      undefined,
      onDefect,
    );
    expect(found).toBe('/usr/bin/google-chrome');
    expect(onDefect.mock.calls).toEqual([['/usr/bin/chromium-browser', 'requires the chromium snap']]);
  });

  it.skipIf(process.platform === 'win32')('shows when it is asked for its version', () => {
    const folder = mkdtempSync(join(tmpdir(), 'browsers-'));
    const [hint, works] = [join(folder, 'chromium'), join(folder, 'google-chrome')];
    writeFileSync(hint, '#!/bin/sh\necho "Reading" >&2; echo "chromium is a snap" >&2; exit 10\n');
    writeFileSync(works, '#!/bin/sh\necho "Google Chrome 156.0.1 beta"\n');
    for (const file of [hint, works]) chmodSync(file, 0o700);
    const onDefect = vi.fn<(file: string, defect: string) => void>();
    const here = { ...thisMachine, platform: 'linux', env: { PATH: folder } };
    try {
      expect(find(chromium, here, undefined, onDefect)).toMatchObject({
        executablePath: works,
        version: '156.0.1',
      });
      expect(onDefect.mock.calls).toEqual([[hint, 'chromium is a snap']]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
