import type { PackageManager } from './choices.ts';

/** The files without which a package manager would not install what is needed, or ask about it. */
export function filesFor(pm: PackageManager): [path: string, content: string][] {
  switch (pm) {
    case 'pnpm':
      return [['pnpm-workspace.yaml', 'allowBuilds:\n  esbuild: false\n']];
    case 'yarn':
      // Of Yarn 2 and later, whose own way to install is one that Node cannot read; Yarn 1 does not look at it.
      return [['.yarnrc.yml', 'nodeLinker: node-modules\nenableScripts: false\n']];
    default:
      return [];
  }
}
