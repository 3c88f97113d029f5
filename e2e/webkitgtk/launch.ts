import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type BrowserCookie, browserCookie, browserEvent, type BrowserOptions } from './browser-protocol.ts';
import { startDisplay } from './display.ts';
import { startDriver } from './driver.ts';
import { startLoopbackProxy } from './loopback-proxy.ts';
import { startSession, type WebDriverSession } from './webdriver.ts';

const BROWSER = fileURLToPath(new URL('browser.js', import.meta.url));

/** WebKitGTK, ready to open browsers that share no cookies. */
export interface WebKitGtk {
  /** @throws {Error} if the driver or the browser does not start */
  open(options?: OpenOptions): Promise<WebKitGtkBrowser>;
  /** Ends all that was opened, too. */
  close(): Promise<void>;
}

export interface OpenOptions extends Partial<Omit<BrowserOptions, 'proxy'>> {
  /** Is told about crashes, and what `script` says by `webkit.messageHandlers.problem.postMessage(text)`. */
  onProblem?: (text: string) => void;
}

/** A browser of one profile. Names that end with .test are this machine in it. */
export interface WebKitGtkBrowser {
  /** '2.50.6' */
  version: string;
  session: WebDriverSession;
  /** All that it holds, whatever page is open. */
  cookies(): Promise<BrowserCookie[]>;
  addCookie(cookie: BrowserCookie): Promise<void>;
  clearCookies(): Promise<void>;
  /** Ends it. What a profile keeps is on the disk afterwards. */
  close(): Promise<void>;
}

export async function startWebKitGtk(): Promise<WebKitGtk> {
  const display = await startDisplay();
  const proxy = await startLoopbackProxy();
  const opened = new Set<WebKitGtkBrowser>();
  return {
    async open({ profile, script = '', onProblem = () => {} } = {}) {
      const browser = await openBrowser(display.name, { profile, proxy: proxy.url, script }, onProblem);
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
      await proxy.close();
      await display.close();
    },
  };
}

async function openBrowser(
  display: string,
  options: BrowserOptions,
  onProblem: (text: string) => void,
): Promise<WebKitGtkBrowser> {
  const driver = await startDriver(display);
  const { stdout } = driver.program.process;
  if (stdout === null) throw new Error('WebKitWebDriver was started without a pipe for its output.');
  const lines = createInterface(stdout);
  const ended = once(lines, 'close');
  const control = readControl(lines, onProblem);
  try {
    const session = await startSession(driver.url, {
      acceptInsecureCerts: true,
      'webkitgtk:browserOptions': {
        binary: 'setpriv',
        args: ['--pdeathsig', 'KILL', 'gjs', '-m', BROWSER, JSON.stringify(options)],
      },
    });
    const jar = `${await control}cookies`;
    return {
      version: session.browserVersion,
      session,
      cookies: () => askJar(jar, 'GET'),
      addCookie: async (cookie) => void (await askJar(jar, 'POST', cookie)),
      clearCookies: async () => void (await askJar(jar, 'DELETE')),
      async close() {
        await session.end();
        await driver.program.end();
        await ended;
      },
    };
  } catch (error) {
    await driver.program.end();
    throw error;
  }
}

/** Answers with the address of the browser's cookies, and goes on to pass problems on. */
function readControl(lines: Interface, onProblem: (text: string) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const event = browserEvent.parse(JSON.parse(line));
      if (event.type === 'ready') resolve(event.control);
      else onProblem(event.text);
    });
    lines.on('close', () => reject(new Error('The browser ended before it was ready.')));
  });
}

async function askJar(jar: string, method: 'GET' | 'POST' | 'DELETE', cookie?: BrowserCookie) {
  const response = await fetch(jar, cookie ? { method, body: JSON.stringify(cookie) } : { method });
  if (!response.ok) throw new Error(`The browser's cookies: ${await response.text()}`);
  return z.array(browserCookie).parse(await response.json());
}
