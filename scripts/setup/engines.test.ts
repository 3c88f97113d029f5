import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findBrowsers, provideEngines } from './engines.js';

let root: string;
const at = (...path: string[]) => join(root, ...path);

function write(file: string, content: string, mode = 0o644) {
  mkdirSync(dirname(at(file)), { recursive: true });
  writeFileSync(at(file), content, { mode });
}

/** Programs that print their version, and note that they were asked. */
function add(...files: string[]) {
  for (const file of files)
    write(file, `#!/bin/sh\necho ${file} >> ${at('asked')}\necho Browser 156.0.1 beta\n`, 0o755);
}

const WEBKITGTK = ['WebKitWebDriver', 'Xvfb', 'gjs', 'setpriv'].map((name) => `bin/${name}`);
const EVERYWHERE = ['own/chromium', 'bin/firefox', ...WEBKITGTK];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'engines-'));
  write('package.json', '{}');
  write('node_modules/playwright/package.json', '{"version":"1.0.0"}');
  write(
    'node_modules/playwright/index.js',
    `const own = (name) => ({ executablePath: () => ${JSON.stringify(root)} + '/own/' + name });
    exports.firefox = own('firefox');
    exports.webkit = { ...own('webkit'), launch: async () => ({ version: () => '27.2', close: async () => {} }) };`,
  );
  write('node_modules/.cache/chromium.json', JSON.stringify({ file: at('own/chromium') }));
});
afterEach(() => rmSync(root, { recursive: true }));

interface Circumstances {
  env?: NodeJS.ProcessEnv;
  isRoot?: boolean;
  osRelease?: string;
  /** Which files a command brings whose text contains the key. */
  brings?: Record<string, string[]>;
}

function machine({ env = {}, isRoot = false, osRelease = 'ID=debian', brings = {} }: Circumstances = {}) {
  const commands: string[] = [];
  const said: string[] = [];
  const run = (command: string[]) => {
    const line = command.join(' ').replace(process.execPath, 'node');
    commands.push(line);
    const brought = Object.entries(brings).filter(([part]) => line.includes(part));
    for (const [, files] of brought) add(...files);
    return brought.length > 0;
  };
  return {
    root,
    env: { PATH: at('bin'), ...env },
    platform: 'linux',
    isRoot,
    osRelease,
    run,
    say: (line: string) => said.push(line),
    commands,
    said,
  };
}

const find = (circumstances?: Circumstances) =>
  findBrowsers(machine(circumstances)).map(({ engine, driver }) => `${engine} by ${driver}`);
const asked = () => (existsSync(at('asked')) ? readFileSync(at('asked'), 'utf8').trim().split('\n') : []);

describe.skipIf(process.platform === 'win32')('the browsers that are found', () => {
  it('are those of the system, tried out once, Chromium first', () => {
    add(...EVERYWHERE);
    const all = ['chromium by Playwright', 'firefox by Playwright over BiDi', 'webkitgtk by WebDriver'];
    expect(find()).toEqual(all);
    expect(find()).toEqual(all);
    expect(asked()).toEqual(['own/chromium', 'bin/firefox', 'bin/gjs']);
    expect(findBrowsers(machine())[0]).toMatchObject({
      executablePath: at('own/chromium'),
      version: '156.0.1',
    });

    rmSync(at('bin/firefox'));
    add('bin/firefox-esr');
    expect(find()).toEqual(all);
    expect(asked().slice(3)).toEqual(['bin/firefox-esr']);
    write('node_modules/playwright/package.json', '{"version":"2.0.0"}');
    find();
    expect(asked()).toHaveLength(7);
  });

  it("are Playwright's own before those of the system", () => {
    add(...EVERYWHERE, 'own/firefox', 'own/webkit');
    symlinkSync(process.execPath, at('bin/node'));
    expect(find().slice(1)).toEqual(['firefox by Playwright', 'webkit by Playwright']);
    expect(findBrowsers(machine())[2]).toMatchObject({ version: '27.2' });
  });

  it('are only those that start', () => {
    add('bin/firefox-esr');
    write('bin/firefox', '#!/bin/sh\necho reading >&2; echo firefox is a snap >&2; exit 10\n', 0o755);
    const here = machine();
    expect(findBrowsers(here)).toMatchObject([{ executablePath: at('bin/firefox-esr') }]);
    expect(here.said).toEqual([`${at('bin/firefox')} does not start: firefox is a snap`]);
  });

  it.each(WEBKITGTK)('do not include WebKitGTK without %s', (missing) => {
    add(...WEBKITGTK.filter((file) => file !== missing));
    expect(find()).toEqual([]);
  });

  it('include the one that FIREFOX_PATH names before all others, and a wrong path is refused', () => {
    add('own/firefox', 'bin/firefox', 'nightly');
    const env = { FIREFOX_PATH: at('nightly') };
    expect(findBrowsers(machine({ env }))).toMatchObject([
      { driver: 'Playwright over BiDi', executablePath: at('nightly') },
    ]);
    expect(() => find({ env: { FIREFOX_PATH: '/opt/tpyo' } })).toThrow(
      "FIREFOX_PATH is '/opt/tpyo', and there is no such",
    );
  });
});

describe.skipIf(process.platform === 'win32')('Firefox and WebKit', () => {
  const DOWNLOAD = 'node node_modules/playwright/cli.js install firefox webkit';
  const SUDO = 'sh -c sudo -n true 2> /dev/null';
  const INSTALL = 'apt-get install -y --no-install-recommends';
  const WEBKIT = 'webkit2gtk-driver xvfb gjs gir1.2-webkit2-4.1';

  function provide(circumstances: Circumstances = {}) {
    const { commands, said, ...here } = machine(circumstances);
    provideEngines(here);
    return { commands, said };
  }

  it('are not installed if both exist', () => {
    add(...EVERYWHERE);
    expect(provide({ env: { CI: 'true' } })).toEqual({ commands: [], said: [] });
  });

  it.each<[string, Circumstances, string[]]>([
    [
      'with their libraries by root',
      { isRoot: true, brings: { '--with-deps': EVERYWHERE } },
      [`${DOWNLOAD} --with-deps`],
    ],
    ['by sudo', { brings: { sudo: [], '--with-deps': EVERYWHERE } }, [SUDO, `${DOWNLOAD} --with-deps`]],
    ['without root and sudo', { brings: { playwright: EVERYWHERE } }, [SUDO, DOWNLOAD]],
    [
      'as packages where no download is possible',
      { isRoot: true, brings: { 'apt-get install': EVERYWHERE } },
      [`${DOWNLOAD} --with-deps`, DOWNLOAD, 'apt-get update', `${INSTALL} firefox-esr ${WEBKIT}`],
    ],
  ])('are installed %s', (_, circumstances, commands) => {
    expect(provide({ ...circumstances, env: { CI: 'true' } }).commands).toEqual(commands);
    expect(find()).toHaveLength(3);
  });

  it('are installed package by package if not all are available, and never as a snap', () => {
    const { commands } = provide({ isRoot: true, osRelease: 'ID=ubuntu' });
    expect(commands.slice(3)).toEqual([WEBKIT, ...WEBKIT.split(' ')].map((names) => `${INSTALL} ${names}`));
  });

  it('are missing: a person reads it in one line, without another attempt for a day, and CI fails', () => {
    add('bin/firefox');
    const { commands, said } = provide();
    expect(commands).toEqual([SUDO, DOWNLOAD.replace(' firefox', '')]);
    expect(said.at(-1)).toBe(
      'Without webkit the end-to-end tests run only in the other browsers. To install: npx playwright install --with-deps webkit',
    );
    expect(provide()).toEqual({ commands: [], said: [said.at(-1)] });
    expect(() => provide({ env: { CI: 'true' } })).toThrow('There is no webkit for the end-to-end tests');
    add(...WEBKITGTK);
    expect(provide()).toEqual({ commands: [], said: [] });
  });
});
