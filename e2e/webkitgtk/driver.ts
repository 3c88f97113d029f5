import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type Program, startProgram } from './program.ts';
import { isReady } from './webdriver.ts';

/** WebKitWebDriver, listening on a port of its own. It holds one session at a time. */
export interface Driver {
  /** `http://127.0.0.1:<port>` */
  url: string;
  /** Its output is the browser's, too. */
  program: Program;
}

/**
 * @param display for the browser that it will start
 * @throws {Error} if it ends before it is ready
 */
export async function startDriver(display: string): Promise<Driver> {
  const port = await freePort();
  const program = await startProgram('WebKitWebDriver', [`--port=${port}`], {
    env: {
      DISPLAY: display,
      // Without a bus for accessibility GTK complains about it.
      NO_AT_BRIDGE: '1',
      // Nor is there another one. Each process of the browser would look for it anew.
      DBUS_SESSION_BUS_ADDRESS: 'disabled:',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  program.process.stderr?.on('data', (chunk) => (complaints = (complaints + String(chunk)).slice(-2000)));
  const url = `http://127.0.0.1:${port}`;
  while (!(await isReady(url))) {
    if (program.process.exitCode !== null) {
      throw new Error(`WebKitWebDriver ended with ${program.process.exitCode}: ${complaints.trim()}`);
    }
    await wait(5);
  }
  return { url, program };
}

/** The driver takes any port if told to, but does not say which. */
async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}
