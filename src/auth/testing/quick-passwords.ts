import { createPasswords, type Derive, type Passwords, scryptAsync } from '../passwords.ts';

/** scrypt as in the app, at a cost that nobody notices: else each login of a test takes a third of a second. */
const cost = { ln: 1, r: 8, p: 1 };

export const quickPasswords: Passwords = createPasswords({ cost });

/** The same, with a list of what scrypt was asked. */
export function recordedPasswords(): { passwords: Passwords; calls: Parameters<Derive>[] } {
  const calls: Parameters<Derive>[] = [];
  const derive: Derive = (...call) => {
    calls.push(call);
    return scryptAsync(...call);
  };
  return { passwords: createPasswords({ cost, derive }), calls };
}
