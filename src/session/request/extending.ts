import { isAtAbsoluteEnd } from '../life.ts';
import type { SessionState } from './state.ts';

/** Rolling and renew hold for requests whose handlers leave the session alone, too; so does a new key. */
export function mayWriteUnasked(state: SessionState): boolean {
  return mayExtend(state) || state.isStale;
}

export function mayExtend(state: SessionState): boolean {
  const { rolling, renew } = state.readOptions;
  return (rolling || renew || lacksItsEnd(state)) && (state.inStore || !state.ctx.headerSent);
}

/** Whether this request moves the end of the session although it changes nothing else. */
export function isDueToExtend(state: SessionState): boolean {
  const { life, expiresAt, configured } = state;
  if (!life || !state.isActivity) return false;
  if (lacksItsEnd(state)) return true;
  if (isAtAbsoluteEnd(life, configured)) return false;
  const { rolling, renew, maxAge, now } = state.readOptions;
  if (rolling) return true;
  return renew && maxAge !== 'session' && expiresAt !== undefined && expiresAt - now() < maxAge / 2;
}

/** It was saved when sessions had no idle timeout, and now they have one. */
function lacksItsEnd({ life, readOptions }: SessionState): boolean {
  return life?.maxAge === 'session' && life.createdAt !== undefined && readOptions.maxAge !== 'session';
}
