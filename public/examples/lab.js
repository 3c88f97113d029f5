// The lab: what of it needs a script is to try a cookie. A page on the way of a trial loads its frames one after the
// other, each of which lets the server see which cookies come, and goes on to the next page.

for (const form of document.querySelectorAll('[data-needs-script]')) form.hidden = false;

const station = document.querySelector('[data-next]');
if (station) void goThrough(station);

async function goThrough({ children, dataset }) {
  for (const { dataset: step } of children) await load(step.frame);
  // No entry in the history: Back leads to the lab, not into a trial that is over.
  location.replace(dataset.next);
}

/** Ends when the frame has what it gets, be it an error: then the server has seen no cookie, and the result says so. */
function load(url) {
  return new Promise((resolve) => {
    const frame = document.createElement('iframe');
    frame.title = 'A step of the trial';
    frame.hidden = true;
    frame.addEventListener('load', resolve, { once: true });
    frame.src = url;
    document.body.append(frame);
  });
}
