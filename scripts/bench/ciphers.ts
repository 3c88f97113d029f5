// Measures what it costs to seal and to open a cookie by each of the ciphers that Node has:
//   npx tsx scripts/bench/ciphers.ts [rounds]
// CPU time of the whole process per message in µs, the median of rounds in which the candidates take turns.
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Sealer, Xaes256Gcm } from '../../src/session/cookie/seal.ts';

export interface Candidate {
  name: string;
  seal(plaintext: string): unknown;
  /** @param sealed as this one's `seal` made it */
  open(sealed: unknown): string;
}

const MESSAGES = 2000;
const SIZES = [200, 2000];
const TAG = { authTagLength: 16 };
const KEY = randomBytes(32);
const SECRET = createSecretKey(KEY);
const NOTHING = Buffer.alloc(0);

// So that none pays for what another left behind.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const rounds = Number(process.argv[2] ?? 15);
for (const size of SIZES) {
  const messages = Array.from({ length: MESSAGES }, () => jsonOf(size));
  console.log(`\n${size} bytes of JSON, µs of CPU time per message`);
  console.table(measure([...ciphers(), ...encodings()], messages));
}

function ciphers(): Candidate[] {
  return [
    aead('aes-256-gcm, random nonce', 12, (nonce) => ['aes-256-gcm', SECRET, nonce]),
    aead('aes-256-gcm, HMAC-SHA256 key', 24, (salt) => {
      const key = createHmac('sha256', SECRET).update(salt).digest();
      return ['aes-256-gcm', key, Buffer.alloc(12)];
    }),
    xaes(),
    aead('chacha20-poly1305, random nonce', 12, (nonce) => ['chacha20-poly1305', SECRET, nonce]),
    sealer('Sealer (XAES, pooled nonce, base64url)'),
  ];
}

type Setup = [algorithm: 'aes-256-gcm' | 'chacha20-poly1305', key: typeof SECRET | Buffer, nonce: Buffer];

function aead(name: string, randomSize: number, setUp: (random: Buffer) => Setup): Candidate {
  return {
    name,
    seal(plaintext: string): Buffer {
      const random = randomBytes(randomSize);
      const [algorithm, key, nonce] = setUp(random);
      const cipher = createCipheriv(algorithm as 'aes-256-gcm', key, nonce, TAG);
      return Buffer.concat([random, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed: Buffer): string {
      const [algorithm, key, nonce] = setUp(sealed.subarray(0, randomSize));
      const decipher = createDecipheriv(algorithm as 'aes-256-gcm', key, nonce, TAG);
      decipher.setAuthTag(sealed.subarray(-16));
      const text = decipher.update(sealed.subarray(randomSize, -16));
      decipher.final();
      return text.toString();
    },
  };
}

function xaes(): Candidate {
  const cipher = new Xaes256Gcm(KEY);
  return {
    name: 'XAES-256-GCM, random nonce',
    seal: (plaintext: string): Buffer => cipher.seal(plaintext, randomBytes(24), NOTHING),
    open: (sealed: Buffer): string => String(cipher.open(sealed, NOTHING)),
  };
}

function sealer(name: string): Candidate {
  const both = new Sealer(['key'], { name: 'sid', purpose: 'session' });
  return {
    name,
    seal: (plaintext: string): string => both.seal(plaintext),
    open: (sealed: string): string => String(both.open(sealed)?.text),
  };
}

/** No ciphers, but what turns bytes into a cookie's value and back. */
function encodings(): Candidate[] {
  return (['base64url', 'base64', 'hex'] as const).map((encoding) => ({
    name: `encoding: ${encoding}`,
    seal: (plaintext: string): string => Buffer.from(plaintext).toString(encoding),
    open: (sealed: string): string => Buffer.from(sealed, encoding).toString(),
  }));
}

function measure(candidates: Candidate[], messages: string[]): Record<string, object> {
  const times = candidates.map((candidate) => ({ candidate, seal: [] as number[], open: [] as number[] }));
  // The first two rounds only warm up.
  for (let round = -2; round < rounds; round++) {
    for (const { candidate, seal, open } of times) {
      const sealed: unknown[] = [];
      const sealing = cpuTime(() => sealed.push(...messages.map((message) => candidate.seal(message))));
      const opened: string[] = [];
      const opening = cpuTime(() => opened.push(...sealed.map((value) => candidate.open(value))));
      if (opened.some((text, index) => text !== messages[index])) throw new Error(`${candidate.name} fails`);
      if (round < 0) continue;
      seal.push(sealing);
      open.push(opening);
    }
  }
  return Object.fromEntries(
    times.map(({ candidate, seal, open }) => [candidate.name, { seal: median(seal), open: median(open) }]),
  );
}

function cpuTime(work: () => void): number {
  collectGarbage();
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / MESSAGES;
}

function median(values: number[]): number {
  const middle = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  return Math.round(middle * 100) / 100;
}

/** JSON of exactly `size` bytes, another one each time. */
function jsonOf(size: number): string {
  const shell = JSON.stringify({ id: '', user: 'ada', cart: [1, 2, 3] });
  const id = randomBytes(size).toString('base64url');
  return JSON.stringify({ id: id.slice(0, size - shell.length), user: 'ada', cart: [1, 2, 3] });
}
