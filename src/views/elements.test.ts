import { expect, it } from 'vitest';
import { codeBlock, field, utcText, utcTime } from './elements.ts';

const shown = (options: Parameters<typeof field>[0]) => field(options).toString().replace(/\s+/g, ' ');

it('ties the label of a field to the input and keeps what was sent', () => {
  const markup = shown({ name: 'username', label: 'User name', value: '"><b>', autocomplete: 'username' });
  expect(markup).toContain('<label for="username">User name</label>');
  const input =
    '<input id="username" name="username" type="text" value="&quot;&gt;&lt;b&gt;" autocomplete="username"';
  expect(markup).toContain(input);
  expect(markup).not.toMatch(/aria-|hint|error|autofocus/);
});

it('ties hint and error of a field to the input, which is then invalid and has the focus', () => {
  const markup = shown({ name: 'password', label: 'Password', hint: '12 or more.', error: 'Enter it.' });
  expect(markup).toContain('aria-describedby="password-hint password-error" aria-invalid="true" autofocus');
  expect(markup).toContain('<p class="hint" id="password-hint">12 or more.</p>');
  expect(markup).toContain('<p class="field-error" id="password-error">Enter it.</p>');
});

it('shows code as plain text, in a block that the keyboard can scroll', () => {
  expect(codeBlock('a <b>', 'Code').toString()).toBe(
    '<pre tabindex="0" role="group" aria-label="Code"><code>a &lt;b&gt;</code></pre>',
  );
});

it('shows a moment in UTC, in words and for machines', () => {
  const moment = Date.UTC(2025, 10, 4, 7, 5, 9, 250);
  expect(utcText(moment)).toBe('4 Nov 2025, 07:05:09 UTC');
  expect(utcTime(moment).toString()).toBe(
    '<time datetime="2025-11-04T07:05:09.250Z">4 Nov 2025, 07:05:09 UTC</time>',
  );
});
