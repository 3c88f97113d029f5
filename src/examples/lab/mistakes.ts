/** A line that many have written, and one that does what was meant. */
export interface Mistake {
  title: string;
  /** What happens and why, in a sentence or two. */
  why: string;
  /** The line of a cookie that is there already. @default there is none */
  before?: string;
  line: string;
  fix: string;
}

const YEAR_AND_MORE = 500 * 86_400;

/** For the address of the lab itself, so that each can be tried. All names begin with "lab", as trials need it. */
export const MISTAKES: readonly Mistake[] = [
  {
    title: 'SameSite=None without Secure',
    why: 'Meant for frames and requests of other sites. Browsers only take it together with Secure.',
    line: 'lab=1; Path=/; SameSite=None',
    fix: 'lab=1; Path=/; SameSite=None; Secure',
  },
  {
    title: 'No SameSite',
    why: 'Engines do not agree on what a missing one means. Say what you mean.',
    line: 'lab=1; Path=/; HttpOnly',
    fix: 'lab=1; Path=/; HttpOnly; SameSite=Lax',
  },
  {
    title: '__Host- with a path',
    why: 'A name with this prefix promises that the cookie is for the whole host, so its path has to be "/".',
    line: '__Host-lab=1; Path=/lab; SameSite=Lax; Secure',
    fix: '__Host-lab=1; Path=/; SameSite=Lax; Secure',
  },
  {
    title: '__Host- with Domain',
    why: 'The prefix promises that no other host of the domain has a part in the cookie, so Domain must not be there.',
    line: '__Host-lab=1; Path=/; Domain=localhost; SameSite=Lax; Secure',
    fix: '__Host-lab=1; Path=/; SameSite=Lax; Secure',
  },
  {
    title: '__Secure- without Secure',
    why: 'The prefix promises the attribute. Upper and lower case make no difference.',
    line: '__Secure-lab=1; Path=/; SameSite=Lax',
    fix: '__Secure-lab=1; Path=/; SameSite=Lax; Secure',
  },
  {
    title: '4097 bytes',
    why: 'Name and value together may have 4096. Beyond that the whole cookie is dropped without a word.',
    line: `lab=${'x'.repeat(4094)}; Path=/; SameSite=Lax`,
    fix: `lab=${'x'.repeat(4093)}; Path=/; SameSite=Lax`,
  },
  {
    title: 'A deletion with another path',
    why: 'A cookie is known by its name, domain and path. With another path this one is about another cookie.',
    before: 'lab=1; Path=/lab; SameSite=Lax',
    line: 'lab=; Path=/; Max-Age=0; SameSite=Lax',
    fix: 'lab=; Path=/lab; Max-Age=0; SameSite=Lax',
  },
  {
    title: 'A deletion of a __Host- cookie without Secure',
    why: 'The rules of the prefix hold for a deletion too. It is dropped, and the cookie stays.',
    before: '__Host-lab=1; Path=/; SameSite=Lax; Secure',
    line: '__Host-lab=; Path=/; Max-Age=0; SameSite=Lax',
    fix: '__Host-lab=; Path=/; Max-Age=0; SameSite=Lax; Secure',
  },
  {
    title: 'Domain of another host',
    why: 'A host can only set cookies for itself and for the domains that it is part of, so not for its sibling.',
    line: 'lab=1; Path=/; Domain=shop.example.com; SameSite=Lax',
    fix: 'lab=1; Path=/; SameSite=Lax',
  },
  {
    title: 'Domain=localhost',
    why: 'Here engines differ. Without Domain the cookie is for this host alone, and all of them keep it.',
    line: 'lab=1; Path=/; Domain=localhost; SameSite=Lax',
    fix: 'lab=1; Path=/; SameSite=Lax',
  },
  {
    title: 'More than 400 days',
    why: 'Whatever longer life is asked for, most browsers cut it down to 400 days.',
    line: `lab=1; Path=/; Max-Age=${YEAR_AND_MORE}; SameSite=Lax`,
    fix: `lab=1; Path=/; Max-Age=${400 * 86_400}; SameSite=Lax`,
  },
  {
    title: 'Max-Age and an Expires in the past',
    why: 'Max-Age goes before Expires, whatever their order, but not in all engines. Send one of them.',
    line: 'lab=1; Path=/; Max-Age=3600; Expires=Thu, 01 Jan 1970 00:00:00 GMT; SameSite=Lax',
    fix: 'lab=1; Path=/; Max-Age=3600; SameSite=Lax',
  },
  {
    title: 'Expires that is no date',
    why: 'It is ignored, so the cookie does not go when it should: it stays until the browser closes.',
    line: 'lab=1; Path=/; Expires=in two weeks; SameSite=Lax',
    fix: 'lab=1; Path=/; Max-Age=1209600; SameSite=Lax',
  },
  {
    title: 'Partitioned without Secure',
    why: 'A cookie that is kept apart for each site around it has to be Secure, and SameSite=None to be of use.',
    line: 'lab=1; Path=/; SameSite=None; Partitioned',
    fix: 'lab=1; Path=/; SameSite=None; Secure; Partitioned',
  },
  {
    title: 'A misspelt SameSite',
    why: 'A value that browsers do not know counts as none, which is not the strict one that was meant.',
    line: 'lab=1; Path=/; SameSite=Strickt',
    fix: 'lab=1; Path=/; SameSite=Strict',
  },
];
