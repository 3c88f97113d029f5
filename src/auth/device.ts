import Bowser from 'bowser';

const UNKNOWN = 'Unknown device';

/**
 * What to call a device in a list of sessions, e.g. "Firefox on Linux". The client says what it likes in its
 * User-Agent: good enough for its owner to tell devices apart, and for nothing else.
 */
export function deviceOf(userAgent: string): string {
  if (userAgent.trim() === '') return UNKNOWN;
  const { browser, os } = Bowser.parse(userAgent);
  const name = browser.name || undefined;
  // What is no browser begins with its name: "curl/8.5.0".
  if (name === undefined) return /^[\w .-]{1,40}/.exec(userAgent)?.[0].trim() || UNKNOWN;
  return (os.name ? `${name} on ${os.name}` : name).slice(0, 80);
}
