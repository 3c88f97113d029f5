import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloadOf, KINDS } from './browsers.js';

// Each process starts others.
describe.skipIf(process.platform === 'win32')('the browsers that are found', { timeout: 180_000 }, () => {
  const IN_ORDER = ['chromium', 'chromium-headless-shell', 'firefox'];

  let root: string;
  const at = (...path: string[]) => join(root, ...path);

  // A project of its own, since what is found is remembered in node_modules. Playwright has nothing for its system.
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'browsers-'));
    for (const part of ['setup', 'browsers.js', 'browsers']) {
      cpSync(join(import.meta.dirname, part), at('scripts', part), { recursive: true });
    }
    writeFileSync(at('package.json'), '{"type":"module"}');
    mkdirSync(at('node_modules', 'playwright'), { recursive: true });
    writeFileSync(at('node_modules', 'playwright', 'package.json'), '{"version":"1.0.0"}');
    writeFileSync(
      at('node_modules', 'playwright', 'index.js'),
      `const own = { executablePath() { throw new Error('Unsupported platform'); } };
      module.exports = { chromium: own, firefox: own, webkit: own };`,
    );
    mkdirSync(at('bin'));
    for (const name of IN_ORDER) {
      const script = `#!/bin/sh\necho ${name} >> ${at('asked')}\necho ${name} 156.0\n`;
      writeFileSync(at('bin', name), script, { mode: 0o755 });
    }
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** In a process of its own, as each worker of Playwright is. */
  function findBrowsers(): unknown {
    const code = `import { findBrowsers } from './scripts/browsers.js';
      console.log(JSON.stringify(findBrowsers().map(({ engine }) => engine)));`;
    const env = { PATH: at('bin') };
    return JSON.parse(
      execFileSync(process.execPath, ['--input-type=module', '-e', code], {
        cwd: root,
        env,
        encoding: 'utf8',
      }),
    );
  }

  it('are tried out once, whichever process asks, and Chromium is the first', () => {
    expect(findBrowsers()).toEqual(IN_ORDER);
    expect(findBrowsers()).toEqual(IN_ORDER);
    rmSync(at('bin', 'chromium'));
    expect(findBrowsers()).toEqual(['chromium-headless-shell', 'firefox']);
    expect(readFileSync(at('asked'), 'utf8').trim().split('\n')).toEqual(IN_ORDER);
  });
});

describe('downloadOf', () => {
  it('is a place in the folder of downloads of this system', () => {
    for (const kind of KINDS) {
      expect(dirname(downloadOf(kind) ?? '')).toContain(`${kind.own}-`);
    }
  });
});
