import Bowser from 'bowser';
import {
  checkSetCookie,
  type EffectiveCookie,
  type Engine,
  isSameCookie,
  type SetCookieVerdict,
} from '../../set-cookie/index.ts';

/** How the engines are called on the pages. */
const ENGINE_LABELS: Record<Engine, string> = {
  chromium: 'Chromium',
  firefox: 'Firefox',
  webkitgtk: 'WebKitGTK',
};

export const ENGINES = Object.keys(ENGINE_LABELS) as Engine[];

/** How a rule book is called. */
export function rulesLabel(engine: Engine | undefined): string {
  return engine === undefined ? 'RFC 6265bis' : ENGINE_LABELS[engine];
}

/**
 * Which of the engines whose rules are known a browser says that it is built on; undefined: none of them. WebKit keeps
 * cookies as the system does on which it runs, so Safari, and all browsers of iOS, are none of them.
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

/** What one rule book says of a line. */
export interface Prediction {
  engine: Engine | undefined;
  verdict: SetCookieVerdict;
  /** What the browser has after it, of the cookies that the lab speaks of. */
  kept: KeptCookie[];
}

export interface KeptCookie extends Pick<SetCookieVerdict, 'sent'> {
  cookie: EffectiveCookie;
}

/** @param before the line of a cookie that is there already; '' if there is none */
export function predict(line: string, before: string, arrival: Arrival): Prediction {
  const held = keptAfter([before], arrival).map(({ cookie }) => cookie);
  return {
    engine: arrival.engine,
    verdict: checkSetCookie(line, { ...arrival, held }),
    kept: keptAfter([before, line], arrival),
  };
}

/** What is in a browser that was empty when these lines have arrived one after the other. Empty lines set nothing. */
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
