/** What cannot be measured here. Replace it with what you know about your app. */
export const ASSUMPTIONS = {
  dataBytes: 200 as 200 | 1000,
  /** Share of the sessions that are logged in; each is the only one of its user. */
  shareOfUsers: 0.5,
  /** Of one live session, averaged over the day. */
  requestsPerHour: 2,
  /** The busiest hour compared with the average one. */
  peakFactor: 3,
  /** What requests do; the sum is 1. `write` and `touch` are of users as often as sessions are. */
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
  /** `maxmemory` as a share of the memory: a fork copies what is written meanwhile, and memory is fragmented. */
  usableShare: 0.65,
  /** How busy the main thread of Redis may be at the peak. */
  targetCpu: 0.5,
  replicasPerMaster: 2,
  /** CPU time in µs that a request takes in the app, apart from its session. */
  ownMicros: 2000,
  targetAppCpu: 0.6,
};

export type Assumptions = typeof ASSUMPTIONS;
