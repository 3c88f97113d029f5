import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AppSession, Host, Running } from './adapter.ts';
import { peers } from './peers.ts';

interface Reply {
  hijack(): void;
  raw: ServerResponse;
}

/** As much of Fastify as is used here. */
export interface FastifyApp<Request> {
  /** Also a promise, which need not be awaited: `ready()` tells what went wrong. */
  register(plugin: unknown, options?: object): PromiseLike<void>;
  addHook(
    name: 'onError',
    hook: (request: Request, reply: Reply, error: Error, done: () => void) => void,
  ): void;
  get(path: string, handler: (request: Request, reply: Reply) => Promise<unknown>): void;
  ready(): Promise<void>;
  close(): Promise<void>;
  routing(req: IncomingMessage, res: ServerResponse): void;
}

/**
 * A Fastify app whose requests go to `host.handle`.
 *
 * @param register puts the sessions into it
 * @param sessionOf translates the session of a request
 */
export async function serveByFastify<Request extends { url: string }>(
  { settings, http2, handle, report }: Host,
  register: (app: FastifyApp<Request>) => void,
  sessionOf: (request: Request) => AppSession,
): Promise<Running> {
  const fastify = peers.load('fastify') as (options: object) => FastifyApp<Request>;
  const app = fastify({ trustProxy: settings.trustProxy === true, http2 });
  register(app);
  app.addHook('onError', (_request, _reply, error, done) => {
    report(error);
    done();
  });
  app.get('/*', async (request, reply) => {
    const takeOver = () => {
      reply.hijack();
      return reply.raw;
    };
    return { result: await handle({ path: request.url, session: sessionOf(request), takeOver }) };
  });
  await app.ready();
  return { listener: (req, res) => app.routing(req, res), close: () => app.close() };
}
