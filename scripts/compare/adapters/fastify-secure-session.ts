import type { Adapter } from '../adapter.ts';
import { serveByFastify } from '../fastify-app.ts';
import { versionIn } from '../../peers.ts';
import { PEERS, peers } from '../peers.ts';

const NAME = '@fastify/secure-session';

/** As much of it as is used here. */
interface SecureSession {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  delete(): void;
  regenerate(): void;
  options(cookie: object): void;
}

const adapter: Adapter = {
  name: NAME,
  version: versionIn(PEERS, NAME),
  made: { packages: [NAME], folder: PEERS },
  keeps: 'cookie',
  setUp: `Fastify ${versionIn(PEERS, 'fastify')}, a list of keys.`,
  lacks: {
    rolling: 'it has no such option; `session.touch()` does it for one request',
    renew: 'it has no such option',
    absoluteMaxAge: 'it has no hard end of a session',
    valid: 'it asks nobody whether a session is good',
    saveEmpty: 'it has no option for that; `session.touch()` does it for one session',
  },
  serve: (host) => {
    const { name: cookieName, second, keys, pass, secure, sameSite, partitioned } = host.settings;
    const seconds = typeof host.settings.maxAge === 'number' ? host.settings.maxAge / 1000 : undefined;
    // An undefined SameSite is not the same as none: it has one by default.
    const cookie = {
      path: '/',
      secure,
      ...(sameSite !== undefined && { sameSite }),
      partitioned,
      maxAge: seconds,
    };
    const options = { cookieName, key: keys.map((text) => Buffer.from(text)), cookie, expiry: seconds };
    // It takes a list, with a name in the request for each.
    const first = { ...options, sessionName: 'first' };
    if (second !== undefined) options.cookieName = second;
    return serveByFastify<{ url: string; session: SecureSession }>(
      host,
      (app) => void app.register(peers.load(NAME), second === undefined ? pass(options) : [first, options]),
      ({ session }) => ({
        get: (name) => session.get(name),
        set: (name, value) => session.set(name, value),
        remove: (name) => session.set(name, undefined),
        destroy: () => session.delete(),
        regenerate: () => session.regenerate(),
        setMaxAge: (ms) => session.options({ ...cookie, maxAge: ms / 1000 }),
      }),
    );
  },
};

export default adapter;
