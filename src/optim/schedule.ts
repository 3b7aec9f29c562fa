import type { Named } from "../util/named.js";

/** The learning rate of a step. The first step of training is 0. */
export type Schedule = Named<(step: number) => number>;
