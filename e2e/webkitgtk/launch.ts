import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type BrowserCookie, browserCookie, browserEvent, type BrowserOptions } from './browser-protocol.ts';
import type { Response } from './api.ts';
import { startDisplay } from './display.ts';
import { startDriver } from './driver.ts';
import { startLoopbackProxy } from './loopback-proxy.ts';
import { startSession, type WebDriverSession } from './webdriver.ts';

const BROWSER = fileURLToPath(new URL('browser.js', import.meta.url));

/** WebKitGTK, ready to open browsers that share no cookies. */
export interface WebKitGtk {
  /** @throws {Error} if the driver or the browser does not start */
  open(options?: OpenOptions): Promise<WebKitGtkBrowser>;
  /** Also closes all browsers that were opened. */
  close(): Promise<void>;
}

export interface OpenOptions extends Partial<Omit<BrowserOptions, 'proxy'>> {
  /** Called when `script` calls `webkit.messageHandlers.problem.postMessage(text)`. */
  onProblem?: (text: string) => void;
  /** Called when the page of a window crashes. Windows are counted from 0, in the order of opening. */
  onCrash?: (window: number) => void;
  /** Called for each response over http. */
  onResponse?: (response: Response) => void;
}

/** A browser with one profile. All host names lead to this machine. */
export interface WebKitGtkBrowser {
  /** '2.50.6' */
  version: string;
  session: WebDriverSession;
  /** All its cookies, whatever page is open. */
  cookies(): Promise<BrowserCookie[]>;
  addCookie(cookie: BrowserCookie): Promise<void>;
  clearCookies(): Promise<void>;
  /** Closes the browser. The data of its profile are on disk afterwards. */
  close(): Promise<void>;
}

export async function startWebKitGtk(): Promise<WebKitGtk> {
  const display = await startDisplay();
  const opened = new Set<WebKitGtkBrowser>();
  return {
    async open(options = {}) {
      const browser = await openBrowser(display.name, options);
      opened.add(browser);
      return {
        ...browser,
        async close() {
          if (opened.delete(browser)) await browser.close();
        },
      };
    },
    async close() {
      for (const browser of opened) await browser.close();
      await display.close();
    },
  };
}

async function openBrowser(display: string, options: OpenOptions): Promise<WebKitGtkBrowser> {
  const { profile, script = '', onResponse = () => {} } = options;
  const proxy = await startLoopbackProxy(onResponse);
  const optionsFile = await writeOptions({ profile, proxy: proxy.url, script });
  const driver = await startDriver(display);
  const { stdout } = driver.program.process;
  if (stdout === null) throw new Error('WebKitWebDriver was started without a pipe for its output.');
  const lines = createInterface(stdout);
  const ended = once(lines, 'close');
  const end = async (): Promise<void> => {
    await driver.program.end();
    await ended;
    await proxy.close();
  };

  try {
    const capabilities = {
      acceptInsecureCerts: true,
      // The default is five minutes: a test would time out first, without naming the page.
      timeouts: { pageLoad: 30_000 },
      'webkitgtk:browserOptions': {
        binary: 'setpriv',
        args: ['--pdeathsig', 'KILL', 'gjs', '-m', BROWSER, optionsFile],
      },
    };
    const [session, control] = await Promise.all([
      startSession(driver.url, capabilities),
      readControl(lines, options),
    ]);
    const jar = `${control}cookies`;
    return {
      version: session.browserVersion,
      session,
      cookies: () => askJar(jar, 'GET'),
      addCookie: async (cookie) => void (await askJar(jar, 'POST', cookie)),
      clearCookies: async () => void (await askJar(jar, 'DELETE')),
      async close() {
        try {
          await session.end();
        } finally {
          await end();
        }
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Writes a file, which the browser reads and removes: the options are too long for a command line. */
async function writeOptions(options: BrowserOptions): Promise<string> {
  const file = join(tmpdir(), `webkitgtk-${randomUUID()}.json`);
  await writeFile(file, JSON.stringify(options));
  return file;
}

/** Returns the address of the browser's cookie API, and passes on the browser's later events. */
function readControl(
  lines: Interface,
  { onProblem = () => {}, onCrash = () => {} }: OpenOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const event = browserEvent.parse(JSON.parse(line));
      if (event.type === 'ready') resolve(event.control);
      else if (event.type === 'problem') onProblem(event.text);
      else onCrash(event.window);
    });
    lines.on('close', () => reject(new Error('The browser ended before it was ready.')));
  });
}

async function askJar(jar: string, method: 'GET' | 'POST' | 'DELETE', cookie?: BrowserCookie) {
  const response = await fetch(jar, cookie ? { method, body: JSON.stringify(cookie) } : { method });
  if (!response.ok) throw new Error(`The browser's cookies: ${await response.text()}`);
  return z.array(browserCookie).parse(await response.json());
}
