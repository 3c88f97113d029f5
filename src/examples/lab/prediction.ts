import Bowser from 'bowser';
import {
  checkSetCookie,
  type EffectiveCookie,
  type Engine,
  isSameCookie,
  type SetCookieVerdict,
} from '../../set-cookie/index.ts';

/** The names of the engines on the pages. */
const ENGINE_LABELS: Record<Engine, string> = {
  chromium: 'Chromium',
  firefox: 'Firefox',
  webkitgtk: 'WebKitGTK',
};

export const ENGINES = Object.keys(ENGINE_LABELS) as Engine[];

/** The name of a set of rules on the pages. */
export function rulesLabel(engine: Engine | undefined): string {
  return engine === undefined ? 'RFC 6265bis' : ENGINE_LABELS[engine];
}

/**
 * The engine that a User-Agent names; undefined if its rules are not known. WebKit uses the cookie store of its system, so
 * the rules of Safari, and of all browsers on iOS, are not known.
 */
export function engineOf(userAgent: string): Engine | undefined {
  if (userAgent.trim() === '') return undefined;
  const { engine, os } = Bowser.parse(userAgent);
  switch (engine.name) {
    case 'Blink':
      return 'chromium';
    case 'Gecko':
      return 'firefox';
    case 'WebKit':
      return os.name === 'Linux' ? 'webkitgtk' : undefined;
    default:
      return undefined;
  }
}

/** Where and when a line arrives. */
export interface Arrival {
  /** Address of the response that carries it. */
  url: string;
  /** Address of the page in the address bar. @default that of the response */
  topLevelSite?: string | undefined;
  /** @default what RFC 6265bis says */
  engine?: Engine | undefined;
  /** Ms since 1970. */
  now: number;
}

/** What one set of rules says about a line. */
export interface Prediction {
  engine: Engine | undefined;
  verdict: SetCookieVerdict;
  /** The cookies that the browser has afterwards, if it had only the one before. */
  kept: KeptCookie[];
}

export interface KeptCookie extends Pick<SetCookieVerdict, 'sent'> {
  cookie: EffectiveCookie;
}

/** @param before the line of a cookie that the browser already has; '' for none */
export function predict(line: string, before: string, arrival: Arrival): Prediction {
  const held = keptAfter([before], arrival).map(({ cookie }) => cookie);
  return {
    engine: arrival.engine,
    verdict: checkSetCookie(line, { ...arrival, held }),
    kept: keptAfter([before, line], arrival),
  };
}

/** The cookies that an empty browser has after these lines, in their order. Empty lines set nothing. */
export function keptAfter(lines: readonly string[], arrival: Arrival): KeptCookie[] {
  let kept: KeptCookie[] = [];
  for (const line of lines) {
    const held = kept.map((one) => one.cookie);
    const { stored, deletes, cookie, sent } = checkSetCookie(line, { ...arrival, held });
    if (cookie === undefined || !(stored || deletes)) continue;
    kept = kept.filter((one) => !isSameCookie(one.cookie, cookie));
    if (stored) kept.push({ cookie, sent });
  }
  return kept;
}
