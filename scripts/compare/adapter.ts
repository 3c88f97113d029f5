import type { IncomingMessage, ServerResponse } from 'node:http';

/** Session middleware as the kit sees it. `koaAdapter` makes one of any Koa middleware. */
export interface Adapter {
  /** Head of its column, e.g. `'koa-session, store'`. */
  name: string;
  version: string;
  /** Where the data are: on the server, or in the cookie itself. */
  keeps: 'store' | 'cookie';
  /** How it is set up beyond what a case asks for, and what its sessions are kept in. One sentence, for the document. */
  setUp: string;
  /**
   * Settings that it has no option for. A case that needs one is 'n/a', with the reason given here; so is a case that
   * needs one which `serve` does not read.
   */
  lacks: Partial<Record<keyof Settings, string>>;
  /** What an installation of it is made of. Absent: that is not known. */
  made?: Made;
  /**
   * What its sessions are kept in. Called again with the same `name` it answers with what a new process of the server
   * would find: the same sessions, or, when memory is all there is, none.
   */
  createStore?: (name: string) => object;
  /** All that a store of `createStore` holds, as text. Absent: it cannot be looked into. */
  contentsOf?: (store: object) => string | Promise<string>;
  /** Starts an app whose requests all go to `host.handle`. */
  serve: (host: Host) => Running | Promise<Running>;
  /** Runs the middleware on Node's own request and response. Absent: it needs its framework. */
  servePlain?: (host: Host) => Running;
  /** Starts what all apps need, such as a database server. */
  open?: () => Promise<void>;
  /** Ends what `open` has started. */
  close?: () => Promise<void>;
}

/** What an installation is made of. */
export interface Made {
  /** Names of packages; what they need in turn is found. */
  packages: string[];
  /** The folder from which they resolve. */
  folder: string;
  /** The folder of its code, when that is copied and comes from no package. */
  ownFolder?: string;
}

/** What a case asks for. */
export interface Settings {
  /** Name of the cookie. */
  name: string;
  /** The first signs or seals, all are accepted. Each has 32 characters. */
  keys: string[];
  /** Idle timeout in ms; 'session': until the browser closes; undefined: as the middleware has it by itself. */
  maxAge: number | 'session' | undefined;
  /** Undefined: as the middleware has it by itself. */
  secure: boolean | undefined;
  /** Undefined: as the middleware has it by itself; null: explicitly none. */
  sameSite: 'lax' | 'strict' | 'none' | null | undefined;
  partitioned?: true;
  /** Name of the cookie of a second session in the same app, which is the one that handlers see. */
  second?: string;
  /** Believe `X-Forwarded-Proto`. */
  trustProxy?: true;
  /** Every response extends the session. */
  rolling?: true;
  /** The session is extended when less than half of its time is left. */
  renew?: true;
  /** Hard end in ms after the login. */
  absoluteMaxAge?: number;
  /** A last word on each session that was found. */
  valid?: () => Promise<boolean>;
  /** Keep sessions that nothing was put into. */
  saveEmpty?: true;
  /** Every options object goes through here before the middleware gets it. */
  pass: <Options extends object>(options: Options) => Options;
}

/** What a case gives to an app. */
export interface Host {
  settings: Settings;
  /** One of `createStore`; undefined when the cookie keeps the session. */
  store: object | undefined;
  /** The requests will come by HTTP/2, which a framework may have to know. */
  http2: boolean;
  /** Answers a request: what it resolves to is sent as JSON, what it rejects with is the framework's to answer. */
  handle: (visit: Visit) => Promise<unknown>;
  /** To be told of every error that the framework reports. */
  report: (error: unknown) => void;
}

/** One request in the app. */
export interface Visit {
  /** With the leading slash. */
  path: string;
  session: AppSession;
  /** The handler answers by itself, and the framework sends nothing. */
  takeOver: () => ServerResponse;
}

/** The session of one request. Nothing of it is touched before one of these is called. */
export interface AppSession {
  get: (key: string) => unknown;
  set: (key: string, value: unknown) => void;
  remove: (key: string) => void;
  /** Ends the session, as a logout does. */
  destroy: () => void | Promise<void>;
  /** Gives the session another id, as a login does. Whether it keeps its data is up to the middleware. */
  regenerate?: () => void | Promise<void>;
  /** Ends the session and begins another with these data, within one request. */
  replace?: (data: Record<string, unknown>) => void | Promise<void>;
  save?: () => void | Promise<void>;
  /** Reads again what is stored. */
  reload?: () => void | Promise<void>;
  /** The id as the middleware tells it to the app. */
  id?: () => unknown;
  /** Gives this session alone another idle timeout, in ms. */
  setMaxAge?: (ms: number) => void;
  /** Applies `change` to the freshest data, so that no other request's change is lost. */
  update?: (change: (data: Record<string, unknown>) => void) => Promise<unknown>;
  /** Ends all other sessions of the user, whose id is the session's `userId`. */
  endOthers?: () => Promise<unknown>;
}

/** A server's request listener, and how to end what belongs to it. */
export interface Running {
  listener: (req: IncomingMessage, res: ServerResponse) => void;
  close?: () => Promise<void>;
}

/** Thrown by whoever finds that a case cannot be put to a middleware. The message says why. */
export class NotApplicable extends Error {
  override name = 'NotApplicable';
}

/** Why a case that needs such a method cannot be put to a middleware that has it not. */
export const MISSING = {
  regenerate: 'it cannot give a session another id',
  replace: 'it cannot begin another session within one request',
  save: 'it cannot save before the end of the request',
  id: 'its sessions have no id',
  setMaxAge: 'one session cannot have a timeout of its own',
  update: 'it has no change that is applied to the freshest data',
  endOthers: 'it does not know whose a session is',
};

/** A method of the session that not every middleware has. @throws {NotApplicable} when this one has not */
export function offered<Name extends keyof typeof MISSING>(
  session: AppSession,
  name: Name,
): NonNullable<AppSession[Name]> {
  const method = session[name];
  if (method == null) throw new NotApplicable(MISSING[name]);
  return method;
}
