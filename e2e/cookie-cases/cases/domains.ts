import { type CaseGroup, line } from '../cookie-case.ts';

const BOTH = ['https://example.com/', 'https://www.example.com/'];
const WWW = { at: 'https://www.example.com/', looks: BOTH };

export const domains: CaseGroup = {
  title: 'Domain',
  cases: [
    line('no Domain', '#=v; Path=/', { looks: BOTH }),
    line('the host itself', '#=v; Path=/; Domain=example.com', { looks: BOTH }),
    line('with a dot before it', '#=v; Path=/; Domain=.example.com', { looks: BOTH }),
    line('with two dots before it', '#=v; Path=/; Domain=..example.com', { looks: BOTH }),
    line('in upper case', '#=v; Path=/; Domain=EXAMPLE.COM', { looks: BOTH }),
    line('with a dot after it', '#=v; Path=/; Domain=example.com.', { looks: BOTH }),
    line('with a port', '#=v; Path=/; Domain=example.com:443', { looks: BOTH }),
    line('as a URL', '#=v; Path=/; Domain=https://example.com', { looks: BOTH }),
    line('empty', '#=v; Path=/; Domain=', { looks: BOTH }),
    line('the parent of the host', '#=v; Path=/; Domain=example.com', WWW),
    line('the host itself, of a subdomain', '#=v; Path=/; Domain=www.example.com', WWW),
    line('a subdomain of the host', '#=v; Path=/; Domain=www.example.com', { looks: BOTH }),
    line('another site', '#=v; Path=/; Domain=example.net', { looks: [...BOTH, 'https://example.net/'] }),
    line('a suffix that is no parent', '#=v; Path=/; Domain=ample.com', { looks: BOTH }),
    line('a public suffix', '#=v; Path=/; Domain=com', { looks: BOTH }),
    line('not in ASCII', '#=v; Path=/; Domain=äxample.com', { looks: BOTH }),
    line('two Domains: the last one counts', '#=v; Path=/; Domain=example.net; Domain=example.com', {
      looks: BOTH,
    }),
    line('Domain=localhost', '#=v; Path=/; Domain=localhost', { at: 'http://localhost/' }),
    line('Domain=127.0.0.1', '#=v; Path=/; Domain=127.0.0.1', { at: 'http://127.0.0.1/' }),
    line('Domain=0.0.1 on 127.0.0.1', '#=v; Path=/; Domain=0.0.1', { at: 'http://127.0.0.1/' }),
  ],
};
