// A fully connected network for images as rows of 784 pixels, and how it is trained.

import * as wg from "wasmgrad";

export const flatten = true;

const settings = { epochs: 10, batchSize: 128, learningRate: 2e-3 };
export const defaults = { mnist: settings, "fashion-mnist": settings };

export function network(classes) {
  const hidden = (units, rate, inputShape) => [
    wg.layers.dense({ units, kernelInitializer: "heNormal", useBias: false, inputShape }),
    wg.layers.batchNormalization(),
    wg.layers.activation({ activation: "relu" }),
    wg.layers.dropout({ rate }),
  ];
  return wg.sequential([
    ...hidden(256, 0.2, [784]),
    ...hidden(128, 0.2),
    wg.layers.dense({ units: classes, activation: "softmax" }),
  ]);
}

export const schedule = (learningRate, steps) => wg.schedules.cosine(learningRate, { steps });

/** It trains on the images as they are. */
export const varied = (images) => images;
