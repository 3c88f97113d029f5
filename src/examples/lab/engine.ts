import Bowser from 'bowser';
import type { Engine } from '../../set-cookie/index.ts';

/** How the engines are called on the pages. */
export const ENGINE_LABELS: Record<Engine, string> = {
  chromium: 'Chromium',
  firefox: 'Firefox',
  webkitgtk: 'WebKitGTK',
};

export const ENGINES: readonly Engine[] = ['chromium', 'firefox', 'webkitgtk'];

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
