/** The app cannot be made, though the command line is right. The message is one line that says what to do. */
export class Failure extends Error {
  override name = 'Failure';
  exitCode = 1;
}

/** The command line, or an answer, is wrong. The message is one line that says what to write instead. */
export class UsageError extends Failure {
  override name = 'UsageError';
  override exitCode = 2;
}

/** 128 and the number of the signal, as shells have it. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 } as const;

/** A person or a signal has stopped the program. */
export class Stopped extends Failure {
  override name = 'Stopped';

  constructor(message: string, signal: keyof typeof EXIT_CODES) {
    super(message);
    this.exitCode = EXIT_CODES[signal];
  }
}

const REASONS: Record<string, string> = {
  EACCES: 'this user may not write there: choose another directory, or change its permissions',
  EPERM: 'this user may not write there: choose another directory, or change its permissions',
  EROFS: 'the file system is read-only: choose another directory',
  ENOSPC: 'the disk is full: free some space and run it again',
  EDQUOT: 'the quota of this user is used up: free some space and run it again',
  ENAMETOOLONG: 'the path is too long: choose a shorter name',
  ELOOP: 'a symbolic link leads back to itself: remove it',
  ENOENT: 'a folder of the path is gone: change to one that exists and run it again',
  ENOTDIR: 'part of the path is a file and no directory: choose another directory',
  EMFILE: 'this process may open no more files: raise its limit (ulimit -n)',
};

/**
 * Says in words what an error of the file system means; returns any other error unchanged.
 *
 * @param place of the app. The file of the error may be one that only exists while the app is made
 */
export function inWords(error: unknown, place: string): unknown {
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return error;
  const reason = REASONS[String(error.code)] ?? error.message.replaceAll(/\s+/g, ' ');
  return new Failure(`Nothing was made in ${JSON.stringify(place)}: ${reason}.`, { cause: error });
}
