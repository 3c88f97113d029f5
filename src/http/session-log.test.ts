import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { logSessions } from './session-log.ts';

function logOf(name: string, event: object): Record<string, unknown> {
  const lines: string[] = [];
  const app = new EventEmitter();
  logSessions(app, pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }));
  app.emit(`session:${name}`, { fingerprint: '1a2b3c4d', key: 'sid-secret', ...event });
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain('secret');
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
}

describe('the log of sessions', () => {
  it('has the error of a store that failed', () => {
    expect(logOf('store-error', { value: new Error('no connection') })).toMatchObject({
      level: 50,
      err: { message: 'no connection' },
    });
  });

  it('warns of a cookie that was not sent', () => {
    expect(logOf('rejected', { value: new Error('5000 bytes') })).toMatchObject({
      level: 40,
      err: { message: '5000 bytes' },
    });
  });

  it('names what was lost with a session that had ended, without values', () => {
    const event = { value: { basket: 'a secret' }, ctx: { path: '/buy' } };
    expect(logOf('gone', event)).toMatchObject({ level: 30, path: '/buy', keys: ['basket'] });
  });
});

it('is not broken by a session of another name than the one whose store it looks after', () => {
  const app = new EventEmitter();
  logSessions(app, pino({ level: 'silent' }));
  expect(() => app.emit('session:saved', { ctx: {} })).not.toThrow();
});
