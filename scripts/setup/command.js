import { spawn } from 'node:child_process';
import { Interrupted, SetupError } from './setup-error.js';

/** @typedef {readonly [program: string, ...args: string[]]} Command */

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * Runs a command where its output can be seen.
 *
 * @param {Command} command
 * @param {{ cwd: string, limitMs?: number, env?: NodeJS.ProcessEnv }} options `limitMs`: stop it after so many ms;
 *   unlimited by default
 * @returns {Promise<void>}
 * @throws {SetupError} if it cannot be started, fails or exceeds its limit
 * @throws {Interrupted} if this process was told to stop meanwhile; the command is stopped with it
 */
export function run([program, ...args], { cwd, limitMs, env = process.env }) {
  const shown = [program === process.execPath ? 'node' : program, ...args].join(' ');
  const windows = process.platform === 'win32';
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
      // A group of its own, so that what the command started in turn can be stopped with it.
      detached: !windows,
      // A package manager on Windows is a batch file, which only a shell can run.
      shell: windows && /^\w+$/.test(program),
    });
    /** @type {Error | undefined} */
    let stopped;
    /** @param {Error} reason */
    const stop = (reason) => {
      stopped ??= reason;
      if (windows || child.pid === undefined) child.kill();
      else process.kill(-child.pid, 'SIGTERM');
    };
    /** @param {NodeJS.Signals} signal */
    const interrupt = (signal) => stop(new Interrupted(`Stopped by ${signal}: ${shown}`));
    for (const signal of SIGNALS) process.on(signal, interrupt);
    const limit =
      limitMs &&
      setTimeout(() => stop(new SetupError(`Given up after ${limitMs / 1000} s: ${shown}`)), limitMs);

    /** @param {Error | undefined} error */
    const settle = (error) => {
      clearTimeout(limit);
      for (const signal of SIGNALS) process.off(signal, interrupt);
      if (error === undefined) resolve();
      else reject(error);
    };
    child.on('error', (error) => settle(new SetupError(`Cannot run ${shown}: ${error.message}`)));
    child.on('exit', (code, signal) => {
      if (stopped === undefined && code === 0) settle(undefined);
      else settle(stopped ?? new SetupError(`Failed (${signal ?? `exit code ${code}`}): ${shown}`));
    });
  });
}
