import { loginRoutes } from '../../account/login.ts';
import type { Example } from '../example.ts';

export const login: Example = {
  name: 'login',
  title: 'Login',
  summary: 'Log in and out. The session gets a new id at login, and it ends at logout.',
  source: [
    'src/examples/login/route.ts',
    'src/account/login.ts',
    'src/account/account.ts',
    'src/auth/login.ts',
    'src/session/core/session.ts',
  ],
  test: 'e2e/login.spec.ts',
  routes: loginRoutes,
};
