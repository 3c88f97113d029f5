import { EventEmitter } from 'node:events';
import type { Response } from './api.ts';

/** The traffic between a browser and http servers, which WebDriver does not report. */
export interface Traffic {
  /** All responses so far, redirects included. */
  responses: Response[];
  add(response: Response): void;
  onResponse(listener: (response: Response) => void): void;
  /**
   * The next response that fulfils the predicate.
   *
   * @throws {Error} if no such response has come after 30 s
   */
  next(predicate: (response: Response) => boolean): Promise<Response>;
}

const PATIENCE = 30_000;

export function createTraffic(): Traffic {
  const emitter = new EventEmitter<{ response: [Response] }>();
  const responses: Response[] = [];
  return {
    responses,
    add(response) {
      responses.push(response);
      emitter.emit('response', response);
    },
    onResponse: (listener) => void emitter.on('response', listener),
    next: (predicate) =>
      new Promise((resolve, reject) => {
        const listener = (response: Response): void => {
          if (!predicate(response)) return;
          emitter.off('response', listener);
          clearTimeout(timer);
          resolve(response);
        };
        const timer = setTimeout(() => {
          emitter.off('response', listener);
          reject(new Error(`No such response came in ${PATIENCE} ms.`));
        }, PATIENCE);
        emitter.on('response', listener);
      }),
  };
}
