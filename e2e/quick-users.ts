import { scryptSync } from 'node:crypto';
import { DEMO_ACCOUNT, demoUsers, type Users } from '../src/auth/users.ts';

/** The demo account with a hash that takes no time to check: else a third of a second goes by at each of all the logins. */
export function quickUsers(): Users {
  const salt = Buffer.from('16 bytes of salt');
  const hash = scryptSync(DEMO_ACCOUNT.password, salt, 32, { N: 2, r: 8, p: 1 });
  const [encodedSalt, encodedHash] = [salt, hash].map((bytes) =>
    bytes.toString('base64').replaceAll('=', ''),
  );
  return demoUsers(`$scrypt$ln=1,r=8,p=1$${encodedSalt}$${encodedHash}`);
}
