import type { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import { logOnce } from './log-once.ts';
import { type SessionEvent, sessionPlace } from '../session/index.ts';

/** Logs what goes wrong with sessions without failing a request: nobody would hear of it otherwise. */
export function logSessions(app: EventEmitter, log: Logger): void {
  // An outage fails every request of everybody.
  const failed = logOnce((error, times) => log.error({ err: error, times }, 'the session store failed'));
  app.on('session:store-error', ({ value }: SessionEvent) => failed(value));
  for (const event of ['session:created', 'session:saved', 'session:renewed']) {
    app.on(event, ({ ctx }: SessionEvent) => {
      if (sessionPlace(ctx) === 'store' && failed.isOver()) log.info('the session store works again');
    });
  }
  app.on('session:rejected', ({ value, fingerprint }: SessionEvent) => {
    log.warn({ err: value, session: fingerprint }, 'a session cookie that no browser would keep');
  });
  app.on('session:gone', ({ value, fingerprint, ctx }: SessionEvent) => {
    // The names of the keys and never their values.
    const keys = Object.keys(Object(value) as object);
    log.info(
      { session: fingerprint, path: ctx.path, keys },
      'the session ended while a request was under way',
    );
  });
}
