import { describe, expect, it } from 'vitest';
import { composeLine, fieldsOf } from './compose.ts';

const FULL =
  'lab=a=b; Path=/app; Domain=example.org; Max-Age=60; Expires=soon; SameSite=Lax; Secure; HttpOnly; Partitioned';

describe('composeLine', () => {
  it('makes the line that the fields of a line stand for', () => {
    expect(composeLine(fieldsOf(FULL))).toBe(FULL);
  });

  it('leaves out what is empty', () => {
    expect(composeLine(fieldsOf('lab='))).toBe('lab=');
  });
});

describe('fieldsOf', () => {
  it('takes the last of an attribute that is there twice, in whatever case', () => {
    expect(fieldsOf('lab=1; path=/a; PATH=/b; secure')).toMatchObject({
      path: '/b',
      secure: true,
      httpOnly: false,
    });
  });
});
