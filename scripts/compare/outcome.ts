/** What a case found. */
export interface Finding {
  /** `measured`: a number that is neither good nor bad. `broken`: the kit itself failed. */
  verdict: 'passes' | 'fails' | 'measured' | 'n/a' | 'broken';
  /** What was seen or measured, or why the case does not apply. Empty for a pass. Without ids and times, which vary. */
  saw: string;
}

/** The middleware does not do what the case asks for. The message says what was seen. */
export class Failure extends Error {
  override name = 'Failure';
}

/** The middleware refuses its options. */
export class Refusal extends Failure {
  override name = 'Refusal';
  /** The middleware's own message. */
  readonly reason: string;

  constructor(cause: Error) {
    super(`error: ${brief(cause.message)}`, { cause });
    this.reason = cause.message;
  }
}

/** The case cannot be tried on this middleware. The message says why. */
export class NotApplicable extends Error {
  override name = 'NotApplicable';
}

/** Ends the case as failed unless `holds`. @throws {Failure} */
export function check(holds: boolean, sawInstead: string): asserts holds {
  if (!holds) throw new Failure(sawInstead);
}

/** For a case about an option or a method: a middleware without it fails. */
export async function mustHave<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof NotApplicable ? new Failure(error.message) : error;
  }
}

/** An error message, short enough for a table. */
export function brief(message: string): string {
  // zod's messages are JSON.
  const inner = /"message": "([^"]+)"/.exec(message)?.[1] ?? message;
  const [line = ''] = inner.split('\n');
  const [sentence = ''] = line.split(/(?<=[\w)'"])[.;,] /);
  return sentence.length > 120 ? `${sentence.slice(0, 119)}…` : sentence;
}

export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
