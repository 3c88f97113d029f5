import { hash } from 'node:crypto';
import crc32 from 'crc/crc32';
import { RandomPool } from '../cookie/random-pool.ts';

const secrets = new RandomPool(24);

/**
 * A new session id: the tag `sid`, a hyphen, and 192 random bits as base64url. ASVS 5.0, 7.2.3 asks for 128; a
 * UUID has 122. The tag lets secret scanners and grep find ids that strayed into logs.
 */
export function generateSessionId(prefix = ''): string {
  return `${prefix}sid-${secrets.nextText()}`;
}

/**
 * The short label (8 hex digits) by which logs, events and pages name a session. It tells sessions apart for a
 * reader and reveals nothing usable: 32 bits of a secret of 192. Never compare sessions by it.
 */
export const fingerprint = (secret: string): string => crc32(secret).toString(16).padStart(8, '0');

/**
 * The name under which a session is kept and listed: the SHA-256 of its id, as base64url (43 characters). Who has the
 * handle cannot make the id of it (OWASP Session Management, storing ids).
 */
export const handleOf = (id: string): string => hash('sha256', id, 'base64url');
