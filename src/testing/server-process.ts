import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The app as a process of its own, for tests. */
export interface ServerProcess {
  /** Waits until it listens. */
  url(): Promise<string>;
  /** What it has logged so far, a line each. */
  logged: string[];
  ended: Promise<{ code: number | null; stderr: string }>;
  kill(signal: NodeJS.Signals): void;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let isBuilt = false;

/** What `npm start` runs, since it starts in half the time that the sources take. */
function build(): void {
  if (!isBuilt)
    execFileSync(process.execPath, [join(ROOT, 'scripts', 'setup.js'), 'build'], { stdio: 'pipe' });
  isBuilt = true;
}

/**
 * @param entry which of the app's programs
 * @param cwd where it looks for `.env`
 * @param env all of its environment, but for PATH, HOST and PORT (a free one)
 */
export function startProcess(
  entry: 'server.js' | 'cluster.js',
  { cwd, env }: { cwd: string; env: Record<string, string> },
): ServerProcess {
  build();
  const child = spawn(process.execPath, [join(ROOT, 'dist', entry)], {
    cwd,
    env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', ...env },
  });
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.on('exit', killWithUs);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const logged: string[] = [];
  const listening = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      logged.push(line);
      const port = /Listening on http:\/\/localhost:(\d+)/.exec(line)?.[1];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    });
  });
  const ended = once(child, 'close').then(([code]: unknown[]) => {
    process.off('exit', killWithUs);
    return { code: code as number | null, stderr };
  });
  const failed = ended.then(() => {
    throw new Error(`The server ended before it listened:\n${stderr}`);
  });
  failed.catch(() => undefined);
  return {
    url: () => Promise.race([listening, failed]),
    logged,
    ended,
    kill: (signal) => void child.kill(signal),
  };
}
