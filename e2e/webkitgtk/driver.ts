import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type Program, startProgram } from './program.ts';
import { isReady } from './webdriver.ts';

/** WebKitWebDriver, listening on its own port. It has one session at a time. */
export interface Driver {
  /** `http://127.0.0.1:<port>` */
  url: string;
  /** Its output includes that of the browser. */
  program: Program;
}

/**
 * @param display for the browser that the driver starts
 * @throws {Error} if it ends before it is ready
 */
export async function startDriver(display: string): Promise<Driver> {
  const port = await freePort();
  const program = await startProgram('WebKitWebDriver', [`--port=${port}`], {
    env: {
      DISPLAY: display,
      // Without this GTK complains that there is no accessibility bus.
      NO_AT_BRIDGE: '1',
      // There is no D-Bus either, and each process of the browser would search for it.
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

/** Needed because the driver can choose a port itself, but does not say which. */
async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}
