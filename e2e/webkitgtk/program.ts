import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';

/** A program that runs as long as it is wanted. */
export interface Program {
  process: ChildProcess;
  /** Ends it, and waits until it has. */
  end(): Promise<void>;
}

/**
 * Starts a program that ends with this process, even if this one is killed and can clean up nothing.
 *
 * @param env in addition to this process's own
 * @throws {Error} if it cannot be started
 */
export async function startProgram(
  file: string,
  args: string[],
  { env, stdio }: { env?: NodeJS.ProcessEnv; stdio: StdioOptions },
): Promise<Program> {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', file, ...args], {
    env: { ...process.env, ...env },
    stdio,
  });
  await once(child, 'spawn');
  return {
    process: child,
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}
