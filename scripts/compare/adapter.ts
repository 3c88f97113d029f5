import type { IncomingMessage, ServerResponse } from 'node:http';
import { NotApplicable } from './outcome.ts';

/** Session middleware as the kit sees it. `koaAdapter` makes one of any Koa middleware. */
export interface Adapter {
  /** The head of its column, for example `'koa-session, store'`. */
  name: string;
  version: string;
  /** Where the data are: on the server, or in the cookie. Default: 'store' with `createStore`, else 'cookie'. */
  keeps?: 'store' | 'cookie';
  /** One sentence for the document: how it is set up, and where its sessions are. */
  setUp?: string;
  /** Why it has no option for a setting. Cases that need the setting are then 'n/a', with this reason. */
  lacks?: Partial<Record<keyof Settings, string>>;
  /** Missing if it is not known what an installation consists of. */
  made?: Made;
  /**
   * Creates the store of its sessions. Called again with the same `name`, it returns what a new process of the server
   * would find: the same sessions, or, if they are in memory, an empty store.
   */
  createStore?: (name: string) => object;
  /** All that a store contains, as text. Missing if it cannot be inspected. */
  contentsOf?: (store: object) => string | Promise<string>;
  /** Starts an app that passes all requests to `host.handle`. */
  serve: (host: Host) => Running | Promise<Running>;
  /** Runs the middleware on Node's own request and response. Missing if it needs its framework. */
  servePlain?: (host: Host) => Running;
  /** Starts what all its apps need, such as a database server. */
  open?: () => Promise<void>;
  /** Stops what `open` started. */
  close?: () => Promise<void>;
}

/** What an installation consists of. */
export interface Made {
  /** Names of packages, without their dependencies. */
  packages: string[];
  /** The folder from which they resolve. */
  folder: string;
  /** The folder of its code, if that is copied into an app instead of installed. */
  ownFolder?: string;
}

/** What a case asks for. Undefined stands for the middleware's own default. */
export interface Settings {
  /** Name of the cookie. */
  name: string;
  /** The first key signs or encrypts, all are accepted. Each has 32 characters. */
  keys: string[];
  /** Idle timeout in ms; 'session': until the browser closes. */
  maxAge: number | 'session' | undefined;
  secure: boolean | undefined;
  /** null: do not send the attribute. */
  sameSite: 'lax' | 'strict' | 'none' | null | undefined;
  partitioned?: true;
  /** Name of the cookie of a second session in the same app: the session that handlers see. */
  second?: string;
  /** Believe `X-Forwarded-Proto`. */
  trustProxy?: true;
  /** Every response extends the session. */
  rolling?: true;
  /** A response extends the session when less than half of its time is left. */
  renew?: true;
  /** Hard end in ms after the login. */
  absoluteMaxAge?: number;
  /** Decides about each session that was found. */
  valid?: () => Promise<boolean>;
  /** Keep empty sessions. */
  saveEmpty?: true;
  /** Every options object passes through here on its way to the middleware. */
  pass: <Options extends object>(options: Options) => Options;
}

/** Reasons for settings that several libraries have no option for. */
export const NO_OPTION: NonNullable<Adapter['lacks']> = {
  renew: 'it has no such option',
  absoluteMaxAge: 'it has no hard end of a session',
  valid: 'it has no check of sessions that it finds',
};

/** What a case gives to an app. */
export interface Host {
  settings: Settings;
  /** Undefined if the cookie keeps the session. */
  store: object | undefined;
  /** The requests will use HTTP/2, which a framework may have to know. */
  http2: boolean;
  /** Answers a request. The result is sent as JSON in `{ result }`; the framework answers a rejection. */
  handle: (visit: Visit) => Promise<unknown>;
  /** Takes every error that the framework reports. */
  report: (error: unknown) => void;
}

/** One request in the app. */
export interface Visit {
  /** With the leading slash. */
  path: string;
  session: AppSession;
  /** The handler writes the response, and the framework sends nothing. */
  takeOver: () => ServerResponse;
}

/** The session of one request. The library's session is not touched before one of these is called. */
export interface AppSession {
  get: (key: string) => unknown;
  set: (key: string, value: unknown) => void;
  remove: (key: string) => void;
  /** Ends the session, as a logout does. */
  destroy: () => unknown;
  /** Gives the session another id, as a login does. The middleware decides whether the data stay. */
  regenerate: () => unknown;
  /** Ends the session and begins another one with these data, in the same request. */
  replace: (data: Record<string, unknown>) => unknown;
  save: () => unknown;
  /** Reads again what is stored. */
  reload: () => unknown;
  /** The id that the middleware tells the app. */
  id: () => unknown;
  /** Gives this session another idle timeout, in ms. */
  setMaxAge: (ms: number) => unknown;
  /** Applies `change` to the newest data, so that no other request's change is lost. */
  update: (change: (data: Record<string, unknown>) => void) => unknown;
  /** Ends all other sessions of the user, whose id is the session's `userId`. */
  endOthers: () => unknown;
}

/** A server's request listener, and how to end what belongs to it. */
export interface Running {
  listener: (req: IncomingMessage, res: ServerResponse) => void;
  close?: () => Promise<void>;
}

type Data = Record<string, unknown>;
type Method = 'destroy' | 'regenerate' | 'save' | 'reload';

/**
 * A session whose data are its properties, and with the methods that most libraries have.
 *
 * @param own what the library does differently
 * @param call calls one of the methods, and resolves when it is done
 */
export function objectSession(
  session: () => object,
  own: Partial<AppSession>,
  call: (session: Data, name: Method) => unknown = callMethod,
): AppSession {
  const data = () => session() as Data;
  return {
    ...UNABLE,
    get: (key) => data()?.[key],
    set: (key, value) => void (data()[key] = value),
    remove: (key) => void delete data()[key],
    destroy: () => call(data(), 'destroy'),
    regenerate: () => call(data(), 'regenerate'),
    replace: async (more) => {
      await call(data(), 'regenerate');
      Object.assign(data(), more);
    },
    save: () => call(data(), 'save'),
    reload: () => call(data(), 'reload'),
    setMaxAge: (ms) => void ((data()['cookie'] as { maxAge: number }).maxAge = ms),
    ...own,
  };
}

function callMethod(session: Data, name: Method): unknown {
  const method = session[name];
  return typeof method === 'function' ? Reflect.apply(method, session, []) : UNABLE[name]();
}

/** What a session does that has no such method: the case that needs it is n/a. */
export const UNABLE = {
  destroy: unable('it cannot end a session'),
  regenerate: unable('it cannot give a session another id'),
  replace: unable('it cannot begin another session in the same request'),
  save: unable('it cannot save before the end of the request'),
  reload: unable('it cannot read a session again'),
  id: unable('its sessions have no id'),
  setMaxAge: unable('a single session cannot have its own timeout'),
  update: unable('it has no atomic update'),
  endOthers: unable('it does not know whose a session is'),
};

function unable(reason: string): () => never {
  return () => {
    throw new NotApplicable(reason);
  };
}

/** The settings of each session that an app is to have, the one for the handlers last. */
export function sessionsOf(settings: Settings): Settings[] {
  return settings.second === undefined ? [settings] : [settings, { ...settings, name: settings.second }];
}
