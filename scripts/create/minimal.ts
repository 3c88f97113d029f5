import type { Store } from './choices.ts';
import type { Edit } from './edits.ts';

/** Folders and files of the examples, and of the tests that need them. */
const LEFT_OUT = [
  'docs/',
  'src/examples/',
  'src/security-doc.test.ts',
  'src/session-verdict.test.ts',
  'src/set-cookie/',
  'src/views/cookie-attributes.ts',
  'src/views/inspector',
  'src/views/set-cookie.',
  'public/examples.css',
  'public/inspector.js',
  'public/lab.',
  'public/race.js',
  'e2e/cookies.spec.ts',
  'e2e/fixation.spec.ts',
  'e2e/flash.spec.ts',
  'e2e/inspector.spec.ts',
  'e2e/lab',
  'e2e/outage.spec.ts',
  'e2e/processes.spec.ts',
  'e2e/race.spec.ts',
  'e2e/remember.spec.ts',
  'e2e/renew.spec.ts',
  'e2e/restart.spec.ts',
  'e2e/rolling.spec.ts',
  'e2e/rotation.spec.ts',
  'e2e/round-robin.ts',
  'e2e/tampering.ts',
  'e2e/views.spec.ts',
  'e2e/pages/inspector.ts',
  ...['flash', 'lab', 'lifetime', 'race', 'remember', 'rotation', 'views'].map(
    (name) => `e2e/pages/${name}-page.ts`,
  ),
];

/** Whether `--minimal` has no use for a file of the template. */
export function isLeftOutOfMinimal(path: string, store: Store): boolean {
  if (path === 'e2e/app-on-redis.ts') return store !== 'redis';
  return LEFT_OUT.some((beginning) => path.startsWith(beginning));
}

/** What without the examples is another: sessions live in one place, and paths have nothing before them. */
export function minimalEdits(store: Store): Edit[] {
  return [
    ...APP_EDITS,
    ...LEAD_EDITS,
    {
      file: 'src/views/layout.ts',
      cut: /<p>The session middleware is[^\n]*<\/p>/,
      put: '<p>${APP_NAME}</p>',
    },
    { file: 'src/account/account.test.ts', cut: "const BASE = '/redis';", put: "const BASE = '';" },
    { file: 'src/cluster.test.ts', cut: "const BASE = '/redis';", put: "const BASE = '';" },
    {
      file: 'src/session/README.md',
      cut: /What OWASP ASVS and others ask of sessions[^\n]*\n\n/,
    },
    { file: 'src/session/README.md', cut: /\s`checkSetCookie`\s[^]*?`verdict`\./ },
    {
      file: '.oxlintrc.json',
      cut: /"overrides": \[[^]*\]/,
      put: '"overrides": [{ "files": ["public/**"], "env": { "browser": true } }]',
    },
    ...testEdits(store),
  ];
}

const LOGIN = 'src/account/login.ts';
const LOGIN_PAGE = 'src/account/login-page.ts';

/** What the pages of the example say of themselves, an app's users need not read. */
const LEAD_EDITS: Edit[] = [
  { file: LOGIN_PAGE, cut: /    <p class="lead">[^]*?<\/p>\n/ },
  { file: LOGIN_PAGE, cut: /const AFTER_LOGOUT[^]*?};\n\n/ },
  { file: LOGIN_PAGE, cut: '{ base, storage, next, name,', put: '{ base, next, name,' },
  { file: LOGIN_PAGE, cut: "import { keeperOf, type StorageName } from '../storages.ts';\n" },
  { file: LOGIN_PAGE, cut: '  storage: StorageName;\n' },
  {
    file: LOGIN,
    cut: 'const { storage, base, services } = mounting;',
    put: 'const { base, services } = mounting;',
  },
  {
    file: LOGIN,
    cut: 'loginPage({ base, storage, showDemoAccount',
    put: 'loginPage({ base, showDemoAccount',
  },
  { file: 'src/account/account-page.ts', cut: /    <p class="lead">[^]*?<\/p>\n/ },
];

const APP_EDITS: Edit[] = [
  {
    file: 'src/app.ts',
    cut: "import Koa from 'koa';\n",
    put: "import Router from '@koa/router';\nimport Koa from 'koa';\n",
  },
  {
    file: 'src/app.ts',
    cut: 'import { createLogin }',
    put: "import { currentUser } from './account/current-user.ts';\nimport { loginRoutes } from './account/login.ts';\nimport { createLogin }",
  },
  {
    file: 'src/app.ts',
    cut: "import { examples } from './examples/examples.ts';\nimport { mountExamples } from './examples/mount.ts';\n",
  },
  {
    file: 'src/app.ts',
    cut: "import type { Services } from './pages/mounting.ts';\n",
    put: "import type { Mounting, Services } from './pages/mounting.ts';\nimport { renderPages } from './pages/render.ts';\nimport { startRoute } from './pages/start.ts';\n",
  },
  {
    file: 'src/app.ts',
    cut: /  const storages = storagesOf[^]*?app\)\);\n/,
    put: `  const [storage] = storagesOf(config, { now, redis: overrides.redis });
  const mounting: Mounting = { storage: storage.name, base: '', services };
  const router = new Router();
  router.use(renderPages({ account: '/account' }));
  router.use(session({ ...storage.options, key: cookieName('session') }, app));
  router.use(currentUser(services));
  startRoute(router, mounting);
  loginRoutes(router, mounting);
  // Routes of your own go here; ctx.session lives where SESSION_STORE says.
  app.use(router.routes());
  app.use(router.allowedMethods());
`,
  },
];

function testEdits(store: Store): Edit[] {
  return [
    {
      file: 'e2e/fixtures.ts',
      cut: /\/\*\* Where sessions can live without[^]*?: storages;\n/,
      put:
        store === 'redis'
          ? `/** Where the sessions of the tests live: in Redis, where there is one. */
export const storages: readonly Storage[] = [hasRedisServer() ? 'redis' : 'memory'];
export const allStorages = storages;
`
          : `/** Where the sessions of the tests live. */
export const storages: readonly Storage[] = ['${store}'];
export const allStorages = storages;
`,
    },
    {
      file: 'e2e/fixtures.ts',
      cut: /\/\*\* What the paths of a storage begin with\. \*\/\n[^]*?\n}\n/,
      put: `/** What the paths of a storage begin with: all have the same, and there is one storage. */
export function baseOf(_storage: Storage): string {
  return '';
}
`,
    },
    ...(store === 'redis' ? ON_REDIS : WITHOUT_REDIS),
    {
      file: 'e2e/fixtures.ts',
      cut: /  \/\*\* An app whose Redis the test may stop[^]*?appOnRedis: AppOnRedis;\n/,
    },
    { file: 'e2e/fixtures.ts', cut: /  \/\/ oxlint-disable-next-line[^\n]*\n  appOnRedis: [^]*?\n  },\n\n/ },
    {
      file: 'e2e/session-cookies.ts',
      cut: /\/\*\* The examples that have a session[^]*?\n}\n/,
      put: `/** The name of the session's cookie. */
export function cookieName(_storage: Storage): string {
  return fullName('session');
}
`,
    },
    { file: 'e2e/session-cookies.ts', cut: /\/\*\* When the browser drops the cookie[^]*?\n}\n\n/ },
    { file: 'e2e/session-cookies.ts', cut: /\/\*\*\n \* Browsers move an expiry[^]*?\n}\n\n/ },
    { file: 'e2e/session-cookies.ts', cut: "import { type Clock, SECOND } from './clock.ts';\n" },
    {
      file: 'e2e/session-cookies.ts',
      cut: 'type BrowserContext, expect, type Response',
      put: 'type BrowserContext, type Response',
    },
    {
      file: 'e2e/accessibility.spec.ts',
      cut: /  \/\/ The pages of the second storage[^]*?continue;\n\n/,
    },
    { file: 'e2e/accessibility.spec.ts', cut: 'expect, storages, test }', put: 'expect, test }' },
    ...(store === 'cookie'
      ? [{ file: 'e2e/app-server.ts', cut: "sessionStore: 'memory',", put: "sessionStore: 'cookie'," }]
      : []),
  ];
}

const ON_REDIS: Edit[] = [
  {
    file: 'e2e/fixtures.ts',
    cut: 'import { type AppOnRedis, startAppOnRedis }',
    put: 'import { startAppOnRedis }',
  },
  {
    file: 'e2e/app-server.ts',
    cut: '  const app = createApp({ ...config, keys },',
    put: `  const onStore: Config = { ...config, keys, sessionStore: redis ? 'redis' : 'memory' };
  const app = createApp(onStore,`,
  },
];

const WITHOUT_REDIS: Edit[] = [
  { file: 'e2e/fixtures.ts', cut: /import \{ hasRedisServer \}[^\n]*\n/ },
  { file: 'e2e/fixtures.ts', cut: /import \{ type AppOnRedis[^\n]*\n/ },
  { file: 'e2e/fixtures.ts', cut: "  if (allStorages.includes('redis')) return startAppOnRedis();\n" },
];
