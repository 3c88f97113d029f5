import { isAtAbsoluteEnd } from '../life.ts';
import type { SessionState } from './state.ts';

/** Rolling and renew hold for requests whose handlers leave the session alone, too; so does a new key. */
export function mayWriteUnasked(state: SessionState): boolean {
  return mayExtend(state) || state.isStale;
}

export function mayExtend(state: SessionState): boolean {
  const { rolling, renew } = state.options;
  return (rolling || renew || lacksItsEnd(state)) && (state.inStore || !state.ctx.headerSent);
}

/** Whether this request moves the end of the session although it changes nothing else. */
export function isDueToExtend(state: SessionState): boolean {
  const { life, expiresAt, configured } = state;
  if (!life || !state.isActivity) return false;
  if (lacksItsEnd(state)) return true;
  if (isAtAbsoluteEnd(life, configured)) return false;
  const { rolling, renew, now } = state.options;
  if (rolling) return true;
  const { maxAge } = state;
  return renew && maxAge !== 'session' && expiresAt !== undefined && expiresAt - now() < maxAge / 2;
}

/** It was saved when sessions had no idle timeout, and now they have one. */
function lacksItsEnd({ life, maxAge }: SessionState): boolean {
  return life?.maxAge === 'session' && life.createdAt !== undefined && maxAge !== 'session';
}
