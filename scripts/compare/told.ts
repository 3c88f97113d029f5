import { Refusal } from './app.ts';
import { type Finding, verdict } from './case.ts';

/** What an error says, short enough for a table. */
export function brief(message: string): string {
  // zod's are JSON.
  const inner = /"message": "([^"]+)"/.exec(message)?.[1] ?? message;
  const [line = ''] = inner.split('\n');
  const [sentence = ''] = line.split(/(?<=[\w)'"])[.;,] /);
  return sentence.length > 120 ? `${sentence.slice(0, 119)}…` : sentence;
}

/** For a case that a middleware fails when it refuses what the case sets. */
export async function orRefusal(run: () => Promise<Finding>): Promise<Finding> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return verdict(false, `error: ${brief(error.message)}`);
  }
}
