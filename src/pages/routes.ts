import Router from '@koa/router';
import { accountRoutes } from '../account/account.ts';
import { loginRoutes } from '../account/login.ts';
import type { Services } from './services.ts';
import { startPage } from './start-page.ts';

/** The pages of the app. Yours go here, a line each. */
export function pages(services: Services): Router {
  const router = new Router();
  startPage(router, services);
  loginRoutes(router, services);
  accountRoutes(router, services);
  return router;
}
