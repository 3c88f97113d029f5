import type { DataBytes } from './tables.ts';

/** What nobody can measure here. Replace them by what you know of your app. */
export interface Assumptions {
  dataBytes: DataBytes;
  /** Sessions that somebody has logged in to, of all; each the only one of its user. */
  shareOfUsers: number;
  /** Each live session sends so many, on the average of the day. */
  requestsPerHour: number;
  /** The busiest hour to the average one. */
  peakFactor: number;
  /** What the requests do, of all; together 1. `write` and `touch` are of users as often as sessions are. */
  shares: Record<
    'read' | 'write' | 'touch' | 'create' | 'login' | 'logout' | 'list10' | 'everywhere10',
    number
  >;
  nodeGiB: number;
  /** `maxmemory` to memory: a fork copies what is written meanwhile, freed memory is in pieces, buffers grow. */
  usableShare: number;
  /** How busy the main thread may be at the peak. */
  targetCpu: number;
  replicasPerMaster: number;
  /** CPU time of what the app does in a request beside its session, µs. */
  ownMicros: number;
  targetAppCpu: number;
}

export const ASSUMPTIONS: Assumptions = {
  dataBytes: 200,
  shareOfUsers: 0.5,
  requestsPerHour: 2,
  peakFactor: 3,
  shares: {
    read: 0.8,
    write: 0.1,
    touch: 0.048,
    create: 0.04,
    login: 0.005,
    logout: 0.005,
    list10: 0.001,
    everywhere10: 0.001,
  },
  nodeGiB: 32,
  usableShare: 0.65,
  targetCpu: 0.5,
  replicasPerMaster: 2,
  ownMicros: 2000,
  targetAppCpu: 0.6,
};
