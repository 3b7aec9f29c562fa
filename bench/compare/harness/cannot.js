/** Thrown by a library's adapter for a workload that the library cannot do; the message says why. */
export class Cannot extends Error {}
