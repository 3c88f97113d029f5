import { type Choices, runs, storagesOf, type Store } from './choices.ts';

/**
 * The app's README: what it is, its commands, the first page, its settings, and where to go on.
 *
 * @param guide docs/first-pages.md
 */
export function readmeFor(choices: Choices, guide: string): string {
  const { name, store, minimal, pm, sessionTests } = choices;
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

Each command first does what is missing: the dependencies, \`.env\` with a key of your own, the build, a browser for
the tests. Log in as \`ada\` with the password \`correct horse battery\`. That account exists on your own machine only.
${store === 'redis' ? REDIS_START : ''}
${pm === 'yarn' ? YARN_FIRST : ''}${commands(pm, store, minimal, sessionTests)}

${guide.trim()}

## What is where

- \`src/app.ts\`: the app, its middleware in order.
- \`src/pages/\`: the pages, one line each in \`routes.ts\`.
- \`src/users.ts\`: the users who can log in. Return your own; \`Users\` in \`src/auth/users.ts\` shows how, and
  \`passwords.hash\` makes the hash of a password. All tests but \`src/users.test.ts\` keep using the demo account.
- \`src/account/\`, \`src/auth/\`: login, logout, "my sessions", passwords, limits on guessing.
- \`src/http/\`: what any app needs: errors, CSRF, headers, log, health, shutdown.
- \`src/session/\`: the session middleware, with its [manual](src/session/README.md): options, API, events, stores.
- \`src/views/\`, \`public/\`: the layout and the style of all pages; \`APP_NAME\` in \`layout.ts\` is the app's name.
- \`e2e/\`: the tests in a real browser. Unit tests stand beside their file.
${minimal ? '' : examples(pm)}
## Settings

The app reads them from the environment and from \`.env\`, which git ignores; the environment wins. \`.env.example\` explains each.

- **\`SESSION_STORE\`** is \`${store}\`: ${SETTING[store]} ${others(choices)}
- **\`SESSION_KEYS\`** was made for this app. To rotate, put a new key first, \`SESSION_KEYS=new,old\`, and restart: the old
  key still decrypts. Make one with \`node -p "require('node:crypto').randomBytes(32).toString('base64url')"\`.

## Production

\`\`\`sh
NODE_ENV=production TRUST_PROXY=true SESSION_KEYS=… node dist/server.js
\`\`\`

- \`${runs(pm, 'build')}\` makes \`dist/\`; \`Dockerfile\` and \`compose.yaml\` make a container of it.
- The app speaks http: put a proxy in front that ends TLS and sets \`X-Forwarded-Proto\` and \`X-Forwarded-For\`, then set
  \`TRUST_PROXY=true\`. In a container set \`HOST=0.0.0.0\` as well.
- Nobody can log in until \`src/users.ts\` returns users of your own: the demo account is off${minimal ? '' : ', and so is the inspector'}.
- \`/healthz\` and \`/readyz\` are for monitoring. On SIGTERM the app finishes the requests in flight.
${PRODUCTION[store]}
`;
}

const WHERE: Record<Store, string> = {
  memory: 'Sessions live in the memory of its process.',
  cookie: 'Sessions live in their cookies, sealed.',
  redis: 'Sessions live in Redis, so the app can run as any number of processes.',
};

const SETTING: Record<Store, string> = {
  memory: 'one process, and a restart ends all sessions.',
  cookie: 'the browser holds all of a session, sealed, up to 4096 bytes.',
  redis: 'all processes share the sessions at `REDIS_URL`, and restarts keep them.',
};

const OTHERS: Record<Store, string> = {
  memory: '`memory` (one process)',
  cookie: '`cookie` (no store at all)',
  redis: '`redis` (many processes)',
};

const PRODUCTION: Record<Store, string> = {
  memory:
    '- A restart logs everybody out. With sessions in cookies or in Redis it does not: `--store` when the app is made.',
  cookie:
    '- A restart forgets which sessions were ended: a copy of such a cookie works again until it expires.',
  redis: `- \`node dist/cluster.js\` runs one process a core. Give Redis \`maxmemory-policy noeviction\` and \`appendonly yes\`. While
  Redis is unavailable nobody is logged out: sessions go on in their cookies, sealed.`,
};

const REDIS_START = `
Redis for a try: \`docker compose up redis\`, or your system's package \`redis-server\`. Until it answers, the app waits for it
and nobody can log in. The tests start servers of their own: they need the program \`redis-server\`.
`;

function others({ store, minimal }: Choices): string {
  const possible = storagesOf({ store, minimal }).filter((one) => one !== store);
  return possible.length === 0
    ? 'For another storage make the app with `--store`.'
    : `It can also be ${possible.map((one) => OTHERS[one]).join(' or ')}.`;
}

function examples(pm: Choices['pm']): string {
  return `
The examples are \`src/examples/\`, \`e2e/examples/\` and \`public/examples/\`. [\`${runs(pm, 'remove')} ${pm === 'npm' ? '-- ' : ''}lab race\`](scripts/remove.ts)
takes some out, with their tests; \`examples\` instead of names takes out all.
`;
}

/** Yarn 2 and later run no script before they have installed. */
const YARN_FIRST = 'After a fresh clone `yarn install` comes first.\n\n';

function commands(pm: Choices['pm'], store: Store, minimal: boolean, sessionTests: boolean): string {
  const rows = [
    ...(store === 'redis' ? [['start:cluster', 'one process for each core']] : []),
    [
      'dev',
      `runs the sources and starts again on each change${store === 'memory' ? ', which ends the sessions' : ''}`,
    ],
    ['test:unit', 'unit tests alone'],
    ['test:e2e', 'the tests in a browser alone'],
    ...(sessionTests ? [['test:session', 'the tests of the session layer, for when you change it']] : []),
    ['check', 'types, lint and format'],
    ['format', 'writes the format that `check` asks for'],
    ['build', 'compiles `src/` to `dist/`'],
    ...(minimal ? [] : [['remove', 'takes [examples](src/examples/examples.ts) out']]),
  ];
  return rows.map(([script = '', what]) => `- \`${runs(pm, script)}\`: ${what}`).join('\n');
}
