// Some browsers keep a page for Back and Forward in spite of `no-store`, and would show it after the session has ended.
// Only the server knows, so ask it again.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});
