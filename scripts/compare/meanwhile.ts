import { setTimeout } from 'node:timers/promises';
import type { Handler, Visitor } from './app.ts';
import type { Reply } from './client.ts';

/** How long a request is kept under way for the sake of the other, in ms. None needs long, and a client waits longer. */
const HELD = 3000;

/**
 * Lets `during` happen while a request of the visitor is under way: `before` has run, `after` has not.
 *
 * @returns the answer to that request
 */
export async function meanwhile(
  visitor: Visitor,
  before: Handler,
  during: () => Promise<unknown>,
  after: Handler,
): Promise<Reply> {
  const [reached, opened] = [new Signal(), new Signal()];
  const slow = visitor.get(async (visit) => {
    await before(visit);
    reached.give();
    await opened.given;
    return after(visit);
  });
  await Promise.race([reached.given, slow]);
  const quick = during();
  // Middleware that has requests of one session wait for each other is in its right.
  await Promise.race([quick, setTimeout(HELD, undefined, { ref: false })]);
  opened.give();
  const [answer] = await Promise.all([slow, quick]);
  return answer;
}

class Signal {
  give: () => void = () => {};
  readonly given = new Promise<void>((resolve) => {
    this.give = resolve;
  });
}
