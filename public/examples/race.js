// The race example: sends many requests at once, then asks the server what its session holds.

const button = document.querySelector('[data-race]');
const result = document.querySelector('[data-race-result]');
let isRunning = false;

if (button && result) {
  button.hidden = false;
  button.addEventListener('click', () => void race(button.dataset.race));
}

async function race(path) {
  if (isRunning) return;
  setRunning(true);
  try {
    const { first, count } = await ask(`${path}/start`, 'POST');
    const numbers = Array.from({ length: count }, (_, index) => first + index);
    result.textContent = `Sending ${2 * count} requests at once…`;
    await Promise.all(
      numbers.flatMap((number) => [ask(`${path}/increments`, 'POST'), ask(`${path}/keys/${number}`, 'POST')]),
    );
    result.textContent = (await ask(path)).result;
  } catch (error) {
    result.textContent = `The race was not finished. ${error.message}`;
  }
  setRunning(false);
}

// Not `disabled`: the button would lose the keyboard focus.
function setRunning(now) {
  isRunning = now;
  button.setAttribute('aria-disabled', String(now));
}

/** The answer as JSON. Throws the server's message if it refuses. */
async function ask(url, method = 'GET') {
  const response = await fetch(url, {
    method,
    headers: { Accept: 'application/json' },
    cache: 'no-store',
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error?.message ?? `The server answered ${response.status}.`);
  return answer;
}
