import { z } from 'zod';

/** A fault that the driver reports, e.g. 'stale element reference'. */
class WebDriverError extends Error {
  override name = 'WebDriverError';
  /** One of the error codes of W3C WebDriver. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message === '' ? code : `${code}: ${message}`);
    this.code = code;
  }
}

const WEB_ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** An element of a page, as scripts take and return it. */
export const webElement = z.object({ [WEB_ELEMENT]: z.string() });
export type WebElement = z.infer<typeof webElement>;

const failure = z.object({ error: z.string(), message: z.string() });
const newSession = z.object({
  sessionId: z.string(),
  capabilities: z.object({ browserVersion: z.string() }),
});

/** Controls a browser: the part of W3C WebDriver (https://w3c.github.io/webdriver/) that is needed here. */
export type WebDriverSession = Awaited<ReturnType<typeof startSession>>;

/**
 * @param driver the address of the driver, without a slash at the end
 * @param capabilities that the browser must have
 * @throws {WebDriverError} 'session not created'; so do the methods throw, with other codes
 */
export async function startSession(driver: string, capabilities: object) {
  const created = newSession.parse(
    await call('POST', `${driver}/session`, { capabilities: { alwaysMatch: capabilities } }),
  );
  const session = `${driver}/session/${created.sessionId}`;
  const get = (path: string): Promise<unknown> => call('GET', session + path);
  const post = async (path: string, body: object = {}): Promise<unknown> =>
    call('POST', session + path, body);
  const handles = z.array(z.string());

  return {
    browserVersion: created.capabilities.browserVersion,

    /** Opens an address in the current window, and waits until the page has loaded. */
    goTo: async (url: string) => void (await post('/url', { url })),
    url: async () => z.string().parse(await get('/url')),
    title: async () => z.string().parse(await get('/title')),
    back: async () => void (await post('/back')),
    forward: async () => void (await post('/forward')),
    refresh: async () => void (await post('/refresh')),

    /** Runs a function with this body and `args` in the page. Returns its result, or that of its promise. */
    execute: (script: string, ...args: unknown[]) => post('/execute/sync', { script, args }),
    /** The same, but the last argument is a function that the script must call with its result. */
    executeAsync: (script: string, ...args: unknown[]) => post('/execute/async', { script, args }),

    /** Clicks in the middle of an element, after scrolling it into view. */
    click: async (element: WebElement) => void (await post(`/element/${element[WEB_ELEMENT]}/click`)),
    clear: async (element: WebElement) => void (await post(`/element/${element[WEB_ELEMENT]}/clear`)),
    type: async (element: WebElement, text: string) =>
      void (await post(`/element/${element[WEB_ELEMENT]}/value`, { text })),

    /** All windows and tabs. */
    windows: async () => handles.parse(await get('/window/handles')),
    /** The window to which commands go. After `switchTo` they go to its top frame. */
    window: async () => z.string().parse(await get('/window')),
    switchTo: async (handle: string) => void (await post('/window', { handle })),
    /** Opens a window, without making it the current one. */
    newWindow: async () => z.object({ handle: z.string() }).parse(await post('/window/new')).handle,
    /** Closes the current window. Then switch to another. */
    closeWindow: async () => handles.parse(await call('DELETE', `${session}/window`)),
    /** @param frame an iframe; null for the whole page */
    switchToFrame: async (frame: WebElement | null) => void (await post('/frame', { id: frame })),

    /** What the window shows, as PNG. */
    screenshot: async () => Buffer.from(z.string().parse(await get('/screenshot')), 'base64'),
    /** Closes the browser. */
    end: async () => void (await call('DELETE', session)),
  };
}

/** Whether the driver answers. */
export async function isReady(driver: string): Promise<boolean> {
  try {
    return z.object({ ready: z.boolean() }).parse(await call('GET', `${driver}/status`)).ready;
  } catch (error) {
    // fetch throws this if nothing listens yet.
    if (error instanceof TypeError) return false;
    throw error;
  }
}

async function call(method: 'GET' | 'POST' | 'DELETE', url: string, body?: object): Promise<unknown> {
  const response = await fetch(url, body ? { method, body: JSON.stringify(body) } : { method });
  const { value } = z.object({ value: z.unknown() }).parse(await response.json());
  if (response.ok) return value;
  const { error, message } = failure.parse(value);
  throw new WebDriverError(error, message);
}
