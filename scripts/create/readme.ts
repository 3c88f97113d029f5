import { type Choices, runs, type Store } from './choices.ts';

/** The app's README: what it is, its commands, its settings, and where to go on. */
export function readmeFor({ name, store, minimal, pm }: Choices): string {
  const start = runs(pm, 'start');
  const test = runs(pm, 'test');
  return `# ${name}

A [Koa](https://koajs.com) app in TypeScript with sessions and login. ${WHERE[store]}

## Start

It needs Node 20.19 or newer${store === 'redis' ? ', and a Redis or Valkey server at the address of `REDIS_URL` in `.env`' : ''}.

\`\`\`sh
${start.padEnd(13)} # shows the app at http://localhost:3000
${test.padEnd(13)} # proves it, in a real browser too
\`\`\`

Each first does what is missing of its set-up: the dependencies, \`.env\` with a key of your own, the build, a browser
for the tests. The demo account is \`ada\`, password \`correct horse battery\`. It works only on your own machine, outside production.
${store === 'redis' ? REDIS_START : ''}
${pm === 'yarn' ? YARN_FIRST : ''}${commands(pm, store)}

## What is where

- \`src/app.ts\`: the app, its middleware in order. Your own routes go there.
${minimal ? '' : '- `src/examples/`: the example pages, a folder each. To be without one, delete its folder, its test in `e2e/` and its line\n  in `examples.ts`.\n'}- \`src/account/\`: login, logout, and the account page with "my sessions" and a new password.
- \`src/auth/\`: users, passwords, limits on guessing. For users of your own write the three methods of \`Users\` in
  \`users.ts\`, and hand them to \`createApp\` in \`src/server.ts\`.
- \`src/http/\`: what any app needs around it: errors, CSRF, headers, log, health, shutdown.
- \`src/session/\`: the session middleware, with its [manual](src/session/README.md): options, API, events, stores.
${minimal ? '' : '- `src/set-cookie/`: [what a browser does](src/set-cookie/README.md) with a `Set-Cookie` line.\n'}- \`src/views/\`, \`public/\`: the layout and the style of all pages.
- \`e2e/\`: the tests in a real browser. Unit tests stand beside their file.
${minimal ? '' : '\nWhat is asked of sessions by OWASP and others, and the test that shows each, is in [`docs/security.md`](docs/security.md).\n'}
## Settings

They stand in \`.env\`, which git does not keep, and are explained in \`.env.example\`. The environment wins over \`.env\`.

- **\`SESSION_STORE\`** is \`${store}\`: ${SETTING[store]} To change it, change this line: ${otherStores(store)}.
- **\`SESSION_KEYS\`** was made for this app. To make another:
  \`node -p "require('node:crypto').randomBytes(32).toString('base64url')"\`. To rotate, put the new one first:
  \`SESSION_KEYS=new,old\`. Nobody is logged out, and the old one can go when the last cookie that it sealed has ended.

## Production

\`\`\`sh
NODE_ENV=production TRUST_PROXY=true SESSION_KEYS=… node dist/server.js
\`\`\`

- \`${runs(pm, 'build')}\` makes \`dist/\`. \`NODE_ENV=production\` makes cookies \`Secure\` with \`__Host-\` names and is without the demo account${minimal ? '' : ', the inspector and the source pages'}.
- It speaks http: put a proxy in front that ends TLS and sets \`X-Forwarded-Proto\` and \`X-Forwarded-For\`, and set \`TRUST_PROXY=true\`, but never without one. In a container set \`HOST=0.0.0.0\` as well.
- Nobody can log in until you give the app users of your own.
- \`/healthz\` and \`/readyz\` are for whatever watches it. On SIGTERM it finishes the requests in flight.
${PRODUCTION[store]}
`;
}

const WHERE: Record<Store, string> = {
  memory: 'Sessions live in the memory of its process.',
  cookie: 'Sessions live in their cookies, sealed.',
  redis: 'Sessions live in Redis, so it can run as any number of processes.',
};

const SETTING: Record<Store, string> = {
  memory: 'sessions are gone when the process ends, and it has to be one process.',
  cookie: 'the browser holds all of a session, sealed, up to 4096 bytes.',
  redis: 'all processes share the sessions at `REDIS_URL`, and restarts keep them.',
};

const OTHERS: Record<Store, string> = {
  memory: '`memory` for one process',
  cookie: '`cookie` for no store at all',
  redis: '`redis` for many processes',
};

const PRODUCTION: Record<Store, string> = {
  memory: `- A deployment logs everybody out, since memory ends with the process.`,
  cookie: `- Which sessions were logged out is remembered in memory: with more than one process, or so that a restart forgets
  none of it, set \`REDIS_URL\`.`,
  redis: `- \`node dist/cluster.js\` runs one process a core. Give Redis \`maxmemory-policy noeviction\` and \`appendonly yes\`. While
  it is away nobody is logged out: what is written meanwhile rides in the cookie, sealed.`,
};

const REDIS_START = `
Redis for trying it out: \`docker run --rm -p 6379:6379 redis\`, or your system's package \`redis-server\`. Until it is there,
the app starts and waits for it, and nobody can log in. The tests start servers of their own, where the program is.
`;

function otherStores(store: Store): string {
  return (Object.keys(OTHERS) as Store[])
    .filter((one) => one !== store)
    .map((one) => OTHERS[one])
    .join(', ');
}

/** Yarn 2 and later run no script before they have installed. */
const YARN_FIRST = 'After a fresh clone `yarn install` comes first.\n\n';

function commands(pm: Choices['pm'], store: Store): string {
  const rows = [
    ...(store === 'redis' ? [['start:cluster', 'one process for each core']] : []),
    ['dev', 'runs the sources and starts again on each change'],
    ['test:unit', 'unit tests alone'],
    ['test:e2e', 'the tests in a browser alone'],
    ['test:session', 'the tests of the session layer itself, for when you change it'],
    ['check', 'types, lint and format'],
    ['build', 'compiles `src/` to `dist/`'],
  ];
  return rows.map(([script = '', what]) => `- \`${runs(pm, script)}\`: ${what}`).join('\n');
}
