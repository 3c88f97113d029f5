import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { downloadOf, findChromium } from './browsers.js';

const OWN = '/home/ann/.cache/ms-playwright/chromium-1/chrome';

/** A machine on which only `files` exist, all of which start. */
function machine(platform: string, files: string[], env: NodeJS.ProcessEnv = {}) {
  return { platform, env, exists: (file: string) => files.includes(file), defect: () => undefined };
}

describe('findChromium', () => {
  it("prefers Playwright's own to one of the system", () => {
    const linux = machine('linux', [OWN, '/usr/bin/chromium'], { PATH: '/usr/bin' });
    expect(findChromium(OWN, linux)).toBe(OWN);
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
  ])('finds a system one on %s: %s', (platform, file, env) => {
    expect(findChromium(OWN, machine(platform, [file], env))).toBe(file);
  });

  it('prefers Chromium to Chrome, whatever their order in PATH', () => {
    const files = ['/a/google-chrome', '/b/chromium'];
    expect(findChromium(OWN, machine('linux', files, { PATH: '/a:/b' }))).toBe('/b/chromium');
  });

  it('takes what CHROMIUM_PATH says before all others', () => {
    const env = { CHROMIUM_PATH: '/opt/nightly/chrome', PATH: '/usr/bin' };
    expect(findChromium(OWN, machine('linux', [OWN, '/opt/nightly/chrome'], env))).toBe(
      '/opt/nightly/chrome',
    );
  });

  it('refuses a CHROMIUM_PATH that names no file, instead of taking another browser', () => {
    const env = { CHROMIUM_PATH: '/opt/tpyo/chrome' };
    expect(() => findChromium(OWN, machine('linux', [OWN], env))).toThrow(
      "CHROMIUM_PATH is '/opt/tpyo/chrome'",
    );
  });

  it('passes over one that does not start, and says why', () => {
    const files = ['/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
    const onDefect = vi.fn<(file: string, defect: string) => void>();
    const found = findChromium(OWN, {
      ...machine('linux', files, { PATH: '/usr/bin' }),
      defect: (file) => (file.endsWith('chromium-browser') ? 'requires the chromium snap' : undefined),
      onDefect,
    });
    expect(found).toBe('/usr/bin/google-chrome');
    expect(onDefect.mock.calls).toEqual([['/usr/bin/chromium-browser', 'requires the chromium snap']]);
  });

  it('finds nothing where there is nothing', () => {
    expect(findChromium(OWN, machine('linux', []))).toBeUndefined();
    expect(findChromium(undefined, machine('win32', []))).toBeUndefined();
  });

  it.skipIf(process.platform === 'win32')(
    'tries out what it finds: here a mere hint to install something',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'browsers-'));
      const [hint, works] = [join(folder, 'chromium'), join(folder, 'google-chrome')];
      writeFileSync(hint, '#!/bin/sh\necho "Reading" >&2; echo "chromium is a snap" >&2; exit 10\n', {
        mode: 0o700,
      });
      writeFileSync(works, '#!/bin/sh\necho "Google Chrome 156"\n', { mode: 0o700 });
      const onDefect = vi.fn<(file: string, defect: string) => void>();
      try {
        expect(findChromium(OWN, { platform: 'linux', env: { PATH: folder }, onDefect })).toBe(works);
        expect(onDefect.mock.calls).toEqual([[hint, 'chromium is a snap']]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});

describe('downloadOf', () => {
  it('has no answer where Playwright offers no build', async () => {
    const { chromium } = await import('playwright');
    const unsupported = Object.create(chromium, {
      executablePath: {
        value: () => {
          throw new Error('Browser is not supported on current platform');
        },
      },
    }) as typeof chromium;
    expect(downloadOf(unsupported)).toBeUndefined();
    expect(downloadOf(chromium)).toContain('chrom');
  });
});
