// @ts-nocheck: it runs in another program, whose types are not installed here.
// Runs in every document of WebKitGTK, before its own scripts: finds elements as Playwright does, and reports errors.
import { Ivya } from 'ivya';
import {
  getAriaChecked,
  getAriaDisabled,
  getElementAccessibleDescription,
  isElementVisible,
} from 'ivya/utils';

function tell(problem) {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- not a window's, but the browser's own
  window.webkit.messageHandlers.problem.postMessage(JSON.stringify(problem));
}
const { error } = console;
console.error = (...args) => {
  tell({ type: 'console', text: args.map(String).join(' '), url: location.href });
  error.apply(console, args);
};
addEventListener('error', (event) => {
  // An image that fails to load also causes an event of this name.
  if (event instanceof ErrorEvent) tell({ type: 'weberror', text: String(event.error ?? event.message) });
});
addEventListener('unhandledrejection', (event) => tell({ type: 'weberror', text: String(event.reason) }));

const queries = () => Ivya.create({ browser: 'webkit', testIdAttribute: 'data-testid' });

const elements = (selector) => queries().queryLocatorSelectorAll(selector);

export const texts = (selector) => elements(selector).map((element) => element.textContent);

/** The state of an element; null if there is none. Throws if there are several. */
export function look(selector) {
  const element = queries().queryLocatorSelector(selector, document.documentElement, true);
  return (
    element && {
      element,
      text: element.textContent,
      isVisible: isElementVisible(element),
      isEnabled: !getAriaDisabled(element),
      isChecked: element.matches('input') && getAriaChecked(element) === true,
      isFocused: document.activeElement === element,
      value: element.value ?? null,
      description: getElementAccessibleDescription(element, false),
      attributes: Object.fromEntries(Array.from(element.attributes, ({ name, value }) => [name, value])),
    }
  );
}

/** Replaces the text of a field, as pasting does. */
export function fill(field, text) {
  field.focus();
  field.select();
  document.execCommand(text === '' ? 'delete' : 'insertText', false, text);
}
