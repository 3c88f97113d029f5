import { type CaseGroup, line } from '../cookie-case.ts';

/** A line whose name and value together have `bytes`; `#` stands for a name of 4 letters. */
const ofBytes = (bytes: number) => `#=${'v'.repeat(bytes - 4)}; Path=/`;

export const sizes: CaseGroup = {
  title: 'Sizes',
  cases: [
    line('4096 bytes of name and value', ofBytes(4096)),
    line('4097 bytes of name and value', ofBytes(4097)),
    line('4097 bytes, most of them in the name', `${'n'.repeat(4092)}#=v; Path=/`),
    line('4097 bytes in 2051 characters of UTF-8', `#=${'ü'.repeat(2046)}v; Path=/`),
    line('an unknown attribute of 5000 bytes', `#=v; Path=/; Colour=${'r'.repeat(5000)}`),
  ],
};
