import { once } from 'node:events';
import { Readable } from 'node:stream';
import { type Program, startProgram } from './program.ts';

/** An invisible screen, for browsers that need one. */
export interface Display {
  /** ':99', for the DISPLAY of programs that use it. */
  name: string;
  close(): Promise<void>;
}

/** @throws {Error} if Xvfb ends before it has a screen */
export async function startDisplay(): Promise<Display> {
  // With -noreset, since a reset after the last window has closed would end a browser that is just starting.
  const program = await startProgram('Xvfb', ['-noreset', '-displayfd', '3', '-screen', '0', '1280x800x24'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  return { name: `:${await displayNumber(program)}`, close: () => program.end() };
}

/** Xvfb chooses a free number and writes it to the pipe when it is ready. */
async function displayNumber({ process }: Program): Promise<string> {
  const pipe = process.stdio[3];
  if (!(pipe instanceof Readable)) throw new Error('Xvfb was started without a pipe for its number.');
  let complaints = '';
  process.stderr?.on('data', (chunk) => (complaints += String(chunk)));
  const number: unknown = await Promise.race([
    once(pipe, 'data').then(([chunk]) => String(chunk).trim()),
    once(process, 'exit').then(() => undefined),
  ]);
  if (typeof number !== 'string') throw new Error(`Xvfb has no screen: ${complaints.trim()}`);
  return number;
}
