import { bag, type Handler } from '../set-up.ts';

/** Requests during an outage, and which calls to the store fail. */
export interface Outage {
  handlers: Handler[];
  fails: (method: string) => boolean;
}

export const CHANGED = { views: 2, cart: [1] };

const change: Handler = (ctx) => Object.assign(bag(ctx), CHANGED);

const removeNote: Handler = (ctx) => {
  bag(ctx).views = 2;
  delete bag(ctx).note;
};

const replaceAll: Handler = (ctx) => void (ctx.session = { views: 2 });

const addAndExtend: Handler = (ctx) => Object.assign(bag(ctx), { cart: [1], maxAge: 7 * 86_400_000 });

const all = () => true;

/** The outages, by the contents of the cookie afterwards. */
export const OUTAGES = {
  'a new session': { handlers: [change], fails: all },
  'changes of an unread session': { handlers: [change], fails: all },
  'changes of a read session': { handlers: [removeNote], fails: (method) => method !== 'read' },
  'all data of a session and its own maxAge': { handlers: [replaceAll, addAndExtend], fails: all },
} satisfies Record<string, Outage>;
