#!/usr/bin/env node
// @ts-nocheck -- Must parse on the very Nodes that it turns away, so there is no more in it than that.
var version = process.versions.node.split('.').map(Number);
if (version[0] > 22 || (version[0] === 22 && version[1] >= 4) || (version[0] === 20 && version[1] >= 19)) {
  void import('./main.js');
} else {
  console.error(
    'create-koa-session needs Node 20.19, 22.4 or newer, and this is ' +
      process.version +
      ': install a newer one from https://nodejs.org and run it again.',
  );
  process.exitCode = 1;
}
