// The lab needs a script to try a cookie. Each page of a trial loads its frames one at a time, in which the server sees
// the cookies that the browser sends, and then goes on to the next page.

for (const form of document.querySelectorAll('[data-needs-script]')) form.hidden = false;

const station = document.querySelector('[data-next]');
if (station) void goThrough(station);

async function goThrough({ children, dataset }) {
  for (const { dataset: step } of children) await load(step.frame);
  // Adds nothing to the history, so that Back leads to the lab and not into the trial.
  location.replace(dataset.next);
}

/** Ends when the frame has loaded. With an error too: then the server has seen no request, and the result says so. */
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
