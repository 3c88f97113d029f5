// The parts of the inspector that need a script: its clock, and a log of the last requests. Without it the page still says
// when the session ends and what this request did.

const LOG_KEY = 'inspector-log';
const LOG_LENGTH = 20;

const ends = document.querySelector('[data-expires-at]');
if (ends) startCountdown(ends);

const events = document.querySelector('[data-events]');
if (events) showLog(events, remember(entryOf(events)));

/** Counts down on the server's clock, so that a wrong clock of this computer does not matter. */
function startCountdown(element) {
  const expiresAt = Number(element.dataset.expiresAt);
  const clock = element.querySelector('[data-countdown]');
  const meter = element.querySelector('meter');
  const status = element.querySelector('[data-expired]');
  const ahead = arrival() - Number(element.dataset.now);
  tick();

  function tick() {
    const left = expiresAt - (Date.now() - ahead);
    clock.textContent = clockText(Math.max(0, left));
    if (meter) meter.value = left;
    if (left > 0) setTimeout(tick, left % 1000 || 1000);
    else {
      element.classList.add('is-over');
      status.textContent = 'Expired. Reload the page to see a new session begin.';
    }
  }
}

/** When the first byte of this page arrived, in ms since 1970 on this computer's clock. */
function arrival() {
  const [navigation] = performance.getEntriesByType('navigation');
  return performance.timeOrigin + (navigation?.responseStart ?? 0);
}

/** "03:25:45", with the days before it if there are any. Rounded up, so that it is zero only at the end. */
function clockText(ms) {
  const seconds = Math.ceil(ms / 1000);
  const days = Math.floor(seconds / 86_400);
  const parts = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  const time = parts.map((part) => String(part).padStart(2, '0')).join(':');
  return days > 0 ? `${days} d ${time}` : time;
}

/** Only names: the value of an HttpOnly cookie must not be stored where scripts can read it. */
function entryOf(section) {
  return {
    at: Number(section.dataset.at),
    path: location.pathname,
    events: valuesOf('data-event'),
    cookies: valuesOf('data-cookie'),
  };
}

function valuesOf(attribute) {
  return Array.from(document.querySelectorAll(`[${attribute}]`), (element) =>
    element.getAttribute(attribute),
  );
}

/** Adds the entry to the log of this tab and returns the earlier entries, the latest first. */
function remember(entry) {
  const earlier = read().filter(({ at, path }) => at !== entry.at || path !== entry.path);
  try {
    sessionStorage.setItem(LOG_KEY, JSON.stringify([entry, ...earlier].slice(0, LOG_LENGTH)));
  } catch (error) {
    console.info('The inspector cannot keep its log:', error);
  }
  return earlier;
}

function read() {
  try {
    const log = JSON.parse(sessionStorage.getItem(LOG_KEY) ?? '[]');
    return Array.isArray(log) ? log.filter(isEntry) : [];
  } catch (error) {
    console.info('The inspector cannot read its log:', error);
    return [];
  }
}

// Other pages of this origin and older versions of this script may have written there too.
function isEntry(entry) {
  return Number.isFinite(entry?.at) && Array.isArray(entry.events) && Array.isArray(entry.cookies);
}

function showLog(section, earlier) {
  if (earlier.length === 0) return;
  const heading = document.createElement('h4');
  heading.textContent = 'Earlier, in this tab';
  const list = document.createElement('ol');
  list.className = 'log';
  // A long list scrolls, and the keyboard can only scroll what takes the focus.
  list.tabIndex = 0;
  list.setAttribute('aria-label', 'Earlier requests');
  list.append(...earlier.map(logItem));
  section.append(heading, list);
}

function logItem({ at, path, events: names, cookies }) {
  const moment = new Date(at);
  const time = document.createElement('time');
  time.dateTime = moment.toISOString();
  time.textContent = moment.toISOString().slice(11, 19);
  const address = document.createElement('code');
  address.textContent = path;
  const what = document.createElement('span');
  const sent = cookies.length === 0 ? 'no cookie sent' : `sent ${cookies.join(', ')}`;
  what.textContent = `${names.join(', ') || 'no event'}; ${sent}`;
  const item = document.createElement('li');
  item.append(time, ' ', address, ' ', what);
  return item;
}
