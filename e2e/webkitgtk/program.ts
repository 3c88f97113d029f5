import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';

/** A program that runs until `end` is called. */
export interface Program {
  process: ChildProcess;
  /** Ends the program, and waits for that. */
  end(): Promise<void>;
}

/**
 * Starts a program that ends with this process, even if this process is killed and cannot clean up.
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
