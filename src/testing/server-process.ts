import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The app as a process of its own, for tests. */
export type ServerProcess = ReturnType<typeof startProcess>;

interface Settings {
  /** Its environment, except PATH, HOST and PORT (a free port). */
  env: Record<string, string>;
  /** The text of its `.env`. @default none */
  dotEnv?: string;
  /** Its current folder. @default an empty one, which is removed when the process has ended */
  cwd?: string;
}

const ROOT = join(import.meta.dirname, '..', '..');

/** Starts the compiled app, as `npm start` and `npm run start:cluster` do: twice as fast as the sources. */
export function startProcess(entry: 'server.js' | 'cluster.js', { env, dotEnv, cwd }: Settings) {
  execFileSync(process.execPath, [join(ROOT, 'scripts', 'setup.js'), 'build'], { stdio: 'pipe' });
  const folder = cwd ?? mkdtempSync(join(tmpdir(), 'app-'));
  if (dotEnv !== undefined) writeFileSync(join(folder, '.env'), dotEnv);
  const child = spawn(process.execPath, [join(ROOT, 'dist', entry)], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', ...env },
  });
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.on('exit', killWithUs);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const logged: string[] = [];
  const listening = new Promise<string>((resolve, reject) => {
    child.once('close', () => reject(new Error(`The server ended before it listened:\n${stderr}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      logged.push(line);
      const port = /Listening on http:\/\/localhost:(\d+)/.exec(line)?.[1];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    });
  });
  // A test may look only at how the process ends.
  listening.catch(() => undefined);
  const ended = once(child, 'close').then(([code]: unknown[]) => {
    process.off('exit', killWithUs);
    if (cwd === undefined) rmSync(folder, { recursive: true });
    return { code: code as number | null, stderr };
  });
  return {
    /** Waits until the process listens. */
    url: () => listening,
    /** What it has logged so far, a line each. */
    logged,
    ended,
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
  };
}
