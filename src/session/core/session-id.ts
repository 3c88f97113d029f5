import { hash } from 'node:crypto';
import crc32 from 'crc/crc32';
import { RandomPool } from '../cookie/random-pool.ts';

const secrets = new RandomPool(24);

/**
 * A new session id: the tag `sid`, a hyphen, and 192 random bits as base64url. ASVS 5.0, 7.2.3 asks for 128; a UUID has
 * 122. The tag lets grep and secret scanners find ids in logs.
 */
export function generateSessionId(prefix = ''): string {
  return `${prefix}sid-${secrets.nextText()}`;
}

/**
 * A short label (8 hex digits) for a session in logs, events and pages. It reveals nothing usable: 32 bits of a 192-bit
 * secret. Never compare sessions by it.
 */
export const fingerprint = (secret: string): string => crc32(secret).toString(16).padStart(8, '0');

/**
 * The name under which a session is stored and listed: the SHA-256 of its id, as base64url (43 characters). The id
 * cannot be computed from it (OWASP Session Management, storing ids).
 */
export const handleOf = (id: string): string => hash('sha256', id, 'base64url');
