import { type CaseGroup, line } from '../cookie-case.ts';

const ROOT = 'https://example.com/';

export const prefixes: CaseGroup = {
  title: 'Names with a prefix',
  cases: [
    line('__Host-, as it has to be', '__Host-#=v; Path=/; Secure'),
    line('__Host- on http://localhost', '__Host-#=v; Path=/; Secure', { at: 'http://localhost/' }),
    line('__Host- on http://127.0.0.1', '__Host-#=v; Path=/; Secure', { at: 'http://127.0.0.1/' }),
    line('__Host- on https://localhost', '__Host-#=v; Path=/; Secure', { at: 'https://localhost/' }),
    line('__Host- on http', '__Host-#=v; Path=/; Secure', { at: 'http://example.com/' }),
    line('__Host- without Secure', '__Host-#=v; Path=/'),
    line('__Host- with another Path', '__Host-#=v; Path=/docs; Secure'),
    line('__Host- without Path', '__Host-#=v; Secure'),
    line('__Host- without Path, at /', '__Host-#=v; Secure', { at: ROOT }),
    line('__Host- with Domain', '__Host-#=v; Path=/; Secure; Domain=example.com'),
    line('__Host- with an empty Domain', '__Host-#=v; Path=/; Secure; Domain='),
    line('__Host- with Domain=localhost', '__Host-#=v; Path=/; Secure; Domain=localhost', {
      at: 'https://localhost/',
    }),
    line('__Host- with Domain=127.0.0.1', '__Host-#=v; Path=/; Secure; Domain=127.0.0.1', {
      at: 'https://127.0.0.1/',
    }),
    line('__host- in lower case, without Secure', '__host-#=v; Path=/'),
    line('__Host- in a value without a name', '=__Host-#; Path=/'),
    line('__Host-x=y in a value without a name', '=__Host-#=v; Path=/'),
    line('__Secure-, as it has to be', '__Secure-#=v; Path=/docs; Secure; Domain=example.com'),
    line('__Secure- without Secure', '__Secure-#=v; Path=/'),
    line('__SECURE- in upper case, without Secure', '__SECURE-#=v; Path=/'),
    line('__Secure- on http://localhost', '__Secure-#=v; Path=/; Secure', { at: 'http://localhost/' }),
    line('__Http-, as it has to be', '__Http-#=v; Path=/; Secure; HttpOnly'),
    line('__Http- without HttpOnly', '__Http-#=v; Path=/; Secure'),
    line('__Http- without Secure', '__Http-#=v; Path=/; HttpOnly'),
    line('__Host-Http-, as it has to be', '__Host-Http-#=v; Path=/; Secure; HttpOnly'),
    line('__Host-Http- without HttpOnly', '__Host-Http-#=v; Path=/; Secure'),
  ],
};
