import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';

/** The purposes for which the first edition sealed cookies. */
const PURPOSES = ['session', 'id', 'stand-in'];

/**
 * Opens a cookie as the first edition did, with separate code: a process of the first edition must be able to open what
 * later versions seal. The cipher is XAES-256-GCM (https://c2sp.org/XAES-256-GCM).
 */
export function openSealed(value: string, keys: string[], name: string): string {
  if (!/^v1\.[\w-]+$/.test(value)) throw new Error(`not sealed as in the first edition: ${value}`);
  const sealed = Buffer.from(value.slice(3), 'base64url');
  for (const key of keys) {
    for (const purpose of PURPOSES) {
      const info = JSON.stringify([
        'koa-session-starter',
        'sealed cookie',
        'v1.',
        'XAES-256-GCM',
        purpose,
        name,
      ]);
      const text = decrypt(Buffer.from(hkdfSync('sha256', key, '', info, 32)), sealed);
      if (text !== undefined) return text;
    }
  }
  throw new Error(`a process of the first edition cannot open ${value}`);
}

function decrypt(key: Buffer, sealed: Buffer): string | undefined {
  const blocks = [1, 2].map((counter) => {
    const block = Buffer.concat([Buffer.from([0, counter, 0x58, 0]), sealed.subarray(0, 12)]);
    return encryptBlock(key, xor(block, subkeyOf(key)));
  });
  const decipher = createDecipheriv('aes-256-gcm', Buffer.concat(blocks), sealed.subarray(12, 24));
  decipher.setAAD(Buffer.from('v1.')).setAuthTag(sealed.subarray(-16));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(24, -16)), decipher.final()]).toString();
  } catch {
    return undefined;
  }
}

/** The subkey of CMAC, for whole blocks. */
function subkeyOf(key: Buffer): Buffer {
  const zero = encryptBlock(key, Buffer.alloc(16));
  const doubled = zero.map((byte, at) => ((byte << 1) | ((zero[at + 1] ?? 0) >> 7)) & 0xff);
  const last = doubled[15] ?? 0;
  doubled[15] = (zero[0] ?? 0) & 0x80 ? last ^ 0x87 : last;
  return Buffer.from(doubled);
}

function encryptBlock(key: Buffer, block: Buffer): Buffer {
  return createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(block);
}

function xor(one: Buffer, other: Buffer): Buffer {
  return Buffer.from(one.map((byte, at) => byte ^ (other[at] ?? 0)));
}
