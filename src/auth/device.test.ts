import { describe, expect, it } from 'vitest';
import { deviceOf } from './device.ts';

describe('the name of a device', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      'Chrome on Windows',
    ],
    ['curl/8.5.0', 'curl'],
    ['', 'Unknown device'],
    ['  ', 'Unknown device'],
    ['<script>', 'Unknown device'],
  ])('of %j is %j', (userAgent, name) => {
    expect(deviceOf(userAgent)).toBe(name);
  });

  it('is short, whatever the client says', () => {
    for (const userAgent of ['x'.repeat(10_000), `${'x'.repeat(10_000)}/1`, 'Firefox/'.repeat(2000)]) {
      expect(deviceOf(userAgent).length).toBeLessThanOrEqual(80);
    }
  });
});
