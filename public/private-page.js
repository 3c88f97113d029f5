// Browsers keep a page for Back and Forward in spite of `no-store`, and would show it although the session has ended
// since. Asking the server again is the only way to know.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});
