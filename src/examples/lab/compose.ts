import { parseSetCookie } from '../../set-cookie/index.ts';

/** A cookie as the form has it. Empty fields are left out of the line. */
export interface CookieFields {
  name: string;
  value: string;
  path: string;
  domain: string;
  maxAge: string;
  expires: string;
  sameSite: string;
  secure: boolean;
  httpOnly: boolean;
  partitioned: boolean;
}

/** The line that a server would send. Nothing is corrected: mistakes are what the lab is for. */
export function composeLine(fields: CookieFields): string {
  const { name, value, path, domain, maxAge, expires, sameSite, secure, httpOnly, partitioned } = fields;
  return [
    `${name}=${value}`,
    path && `Path=${path}`,
    domain && `Domain=${domain}`,
    maxAge && `Max-Age=${maxAge}`,
    expires && `Expires=${expires}`,
    sameSite && `SameSite=${sameSite}`,
    secure && 'Secure',
    httpOnly && 'HttpOnly',
    partitioned && 'Partitioned',
  ]
    .filter(Boolean)
    .join('; ');
}

/** The fields of a line, so that what was pasted can be changed in the form. What the form has no field for is lost. */
export function fieldsOf(line: string): CookieFields {
  const { name, value, attributes } = parseSetCookie(line);
  const given = new Map(attributes.map(([attribute, text]) => [attribute.toLowerCase(), text]));
  const text = (attribute: string): string => given.get(attribute) ?? '';
  return {
    name,
    value,
    path: text('path'),
    domain: text('domain'),
    maxAge: text('max-age'),
    expires: text('expires'),
    sameSite: text('samesite'),
    secure: given.has('secure'),
    httpOnly: given.has('httponly'),
    partitioned: given.has('partitioned'),
  };
}
