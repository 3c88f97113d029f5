import { expect, it } from 'vitest';
import { field } from './field.ts';

function shown(options: Parameters<typeof field>[0]): string {
  return field(options).toString().replace(/\s+/g, ' ');
}

it('ties the label to the input and keeps what was sent', () => {
  const markup = shown({ name: 'username', label: 'User name', value: '"><b>', autocomplete: 'username' });
  expect(markup).toContain('<label for="username">User name</label>');
  expect(markup).toMatch(
    /<input id="username" name="username" type="text" value="&quot;&gt;&lt;b&gt;" autocomplete="username" /,
  );
});

it('ties hint and error to the input, which is then invalid', () => {
  const markup = shown({ name: 'password', label: 'Password', hint: '12 or more.', error: 'Enter it.' });
  expect(markup).toContain('aria-describedby="password-hint password-error" aria-invalid="true"');
  expect(markup).toContain('<p class="hint" id="password-hint">12 or more.</p>');
  expect(markup).toContain('<p class="field-error" id="password-error">Enter it.</p>');
});

it('says nothing of hints and errors that are not there', () => {
  expect(shown({ name: 'user', label: 'User' })).not.toMatch(/aria-|hint|error/);
});
