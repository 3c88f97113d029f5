import { execFileSync } from 'node:child_process';
import { findBrowsers } from '../setup/engines.js';
import { findRedisServer } from '../../src/session/testing/redis-server.ts';
import { versionIn } from '../peers.ts';
import { ROOT } from './peers.ts';

/** What a run is made with beside the middleware: name and version of each. */
export function toolsOfRun(): string[] {
  const browser = findBrowsers().find(({ engine }) => engine === 'chromium');
  const redis = findRedisServer();
  return [
    `Node ${process.versions.node}`,
    `Koa ${versionIn(ROOT, 'koa')}`,
    ...(browser === undefined ? [] : [`Chromium ${browser.version}`]),
    ...(redis === undefined ? [] : [`Redis ${numberIn(redis)}`]),
  ];
}

function numberIn(program: string): string {
  const text = execFileSync(program, ['--version'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return /\d+(\.\d+)+/.exec(text)?.[0] ?? text.trim();
}
