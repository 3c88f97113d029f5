/** A line with a common mistake, and one that does what was meant. */
export interface Mistake {
  title: string;
  /** What happens and why, in a sentence or two. */
  why: string;
  /** The line of a cookie that the browser already has. @default none */
  before?: string;
  line: string;
  fix: string;
}

const YEAR_AND_MORE = 500 * 86_400;

/** Each can be tried: it is for the lab's own address, and has a name that begins with "lab". */
export const MISTAKES: readonly Mistake[] = [
  {
    title: 'SameSite=None without Secure',
    why: 'It lets requests from other sites carry the cookie. Most browsers accept it only with Secure.',
    line: 'lab=1; Path=/; SameSite=None',
    fix: 'lab=1; Path=/; SameSite=None; Secure',
  },
  {
    title: 'No SameSite',
    why: 'Engines treat a missing SameSite differently. Always set it.',
    line: 'lab=1; Path=/; HttpOnly',
    fix: 'lab=1; Path=/; HttpOnly; SameSite=Lax',
  },
  {
    title: '__Host- with a path',
    why: 'The prefix promises that the cookie is for the whole host, so Path must be "/".',
    line: '__Host-lab=1; Path=/lab; SameSite=Lax; Secure',
    fix: '__Host-lab=1; Path=/; SameSite=Lax; Secure',
  },
  {
    title: '__Host- with Domain',
    why: 'The prefix promises that the cookie belongs to one host, so Domain is not allowed.',
    line: '__Host-lab=1; Path=/; Domain=localhost; SameSite=Lax; Secure',
    fix: '__Host-lab=1; Path=/; SameSite=Lax; Secure',
  },
  {
    title: '__Secure- without Secure',
    why: 'The prefix promises that the cookie is Secure. It counts in upper and in lower case.',
    line: '__Secure-lab=1; Path=/; SameSite=Lax',
    fix: '__Secure-lab=1; Path=/; SameSite=Lax; Secure',
  },
  {
    title: '4097 bytes',
    why: 'Name and value together may have 4096 bytes. Most browsers silently drop a larger cookie.',
    line: `lab=${'x'.repeat(4094)}; Path=/; SameSite=Lax`,
    fix: `lab=${'x'.repeat(4093)}; Path=/; SameSite=Lax`,
  },
  {
    title: 'A deletion with another path',
    why: 'Name, domain and path identify a cookie. With another path, the line is about another cookie.',
    before: 'lab=1; Path=/lab; SameSite=Lax',
    line: 'lab=; Path=/; Max-Age=0; SameSite=Lax',
    fix: 'lab=; Path=/lab; Max-Age=0; SameSite=Lax',
  },
  {
    title: 'A deletion of a __Host- cookie without Secure',
    why: 'The rules of the prefix apply to a deletion too. Most browsers drop this line, and the cookie stays.',
    before: '__Host-lab=1; Path=/; SameSite=Lax; Secure',
    line: '__Host-lab=; Path=/; Max-Age=0; SameSite=Lax',
    fix: '__Host-lab=; Path=/; Max-Age=0; SameSite=Lax; Secure',
  },
  {
    title: 'Domain of another host',
    why: 'A host can set cookies only for itself and for the domains above it, not for other hosts.',
    line: 'lab=1; Path=/; Domain=shop.example.com; SameSite=Lax',
    fix: 'lab=1; Path=/; SameSite=Lax',
  },
  {
    title: 'Domain=localhost',
    why: 'Engines treat it differently. Without Domain the cookie is for this host only, and all engines keep it.',
    line: 'lab=1; Path=/; Domain=localhost; SameSite=Lax',
    fix: 'lab=1; Path=/; SameSite=Lax',
  },
  {
    title: 'More than 400 days',
    why: 'Most browsers shorten a longer life to 400 days.',
    line: `lab=1; Path=/; Max-Age=${YEAR_AND_MORE}; SameSite=Lax`,
    fix: `lab=1; Path=/; Max-Age=${400 * 86_400}; SameSite=Lax`,
  },
  {
    title: 'Max-Age and an Expires in the past',
    why: 'In most engines Max-Age takes precedence over Expires, in any order. Send only one of them.',
    line: 'lab=1; Path=/; Max-Age=3600; Expires=Thu, 01 Jan 1970 00:00:00 GMT; SameSite=Lax',
    fix: 'lab=1; Path=/; Max-Age=3600; SameSite=Lax',
  },
  {
    title: 'Expires that is not a date',
    why: 'Browsers ignore it, so the cookie has no end of its own: it stays until the browser closes.',
    line: 'lab=1; Path=/; Expires=in two weeks; SameSite=Lax',
    fix: 'lab=1; Path=/; Max-Age=1209600; SameSite=Lax',
  },
  {
    title: 'Partitioned without Secure',
    why: 'A partitioned cookie is kept separately for each site around a frame. Most browsers require Secure.',
    line: 'lab=1; Path=/; SameSite=None; Partitioned',
    fix: 'lab=1; Path=/; SameSite=None; Secure; Partitioned',
  },
  {
    title: 'A misspelt SameSite',
    why: 'Browsers treat an unknown value as a missing one, so the cookie is not as strict as it was meant.',
    line: 'lab=1; Path=/; SameSite=Strickt',
    fix: 'lab=1; Path=/; SameSite=Strict',
  },
];
