export interface Technique {
  readonly label: string;
  /** One sentence on what it does. */
  readonly what: string;
  /** What to look at when it is changed. */
  readonly watch: string;
}

/** By path in the settings. Numbers in brackets are sections of the course. */
export const TECHNIQUES: Readonly<Record<string, Technique>> = {
  "data.rows": {
    label: "Rows",
    what: "How many rows there are before they are split.",
    watch: "With few rows the dev curve leaves the train curve: variance. More rows close the gap.",
  },
  "data.noise": {
    label: "Noise",
    what: "How far rows are moved at random.",
    watch:
      "Noise sets a floor that no network gets below on dev rows. One that does on train rows has learnt the noise.",
  },
  "data.split": {
    label: "Split",
    what: "Train rows teach, dev rows choose settings, test rows judge once, at the end. [1]",
    watch: "A small dev part makes its curve jump: a few rows measure the error badly.",
  },
  "data.normalize": {
    label: "Input scale",
    what: "Brings all features to one scale, measured on the train rows. [4]",
    watch: "Without it one weight has a steep valley and another a flat one: learning is slow, or swings.",
  },
  "data.augment": {
    label: "Augmentation",
    what: "Shifts and turns each digit a little, anew in each epoch. [7]",
    watch: "Train loss is higher, dev loss lower: the gap between them shrinks.",
  },
  "network.activation": {
    label: "Activation",
    what: "The bend after each layer; without one, all layers together are a single straight map.",
    watch: "relu draws boundaries of straight pieces, tanh smooth ones, linear only one line.",
  },
  "network.initializer": {
    label: "Initial weights",
    what: "How large weights are at the start: He for relu, Xavier for tanh. [10]",
    watch:
      "Zeros never learn: all units stay alike. Too small or large: look at the activations and gradients of deep layers.",
  },
  "network.dropoutMode": {
    label: "Dropout kind",
    what: "Inverted scales up in training, classic scales down when predicting. [6]",
    watch: "On average they predict alike. Set the share of dropped units in a layer above.",
  },
  "network.layers": {
    label: "Layers",
    what: "Units bend the surface; layers bend what is bent. N normalises a layer's batch, D drops units at random. [6, 17]",
    watch: "Too few: both curves stay high (bias). Many: the surface winds around single rows (variance).",
  },
  "network.l1": {
    label: "L1",
    what: "Adds λ · Σ|w| to the loss, which draws weights to exactly zero. [5]",
    watch: "The histogram of weights grows a spike at 0.",
  },
  "network.l2": {
    label: "L2",
    what: "Adds λ · Σw² to the loss, which keeps weights small. [5]",
    watch: "The boundary gets smoother and the histogram of weights narrower.",
  },
  "training.optimizer": {
    label: "Optimizer",
    what: "How a gradient becomes a step: plain, with momentum, or with a rate for each weight. [14]",
    watch: "Race SGD against Adam: Adam leaves the plateau at the start much sooner.",
  },
  "training.learningRate": {
    label: "Learning rate",
    what: "The length of a step. The setting that matters most. [15]",
    watch: "Too low: a straight slow fall. Too high: the loss jumps, or is no number any more.",
  },
  "training.schedule": {
    label: "Schedule",
    what: "Makes the rate smaller as training goes on. [15]",
    watch: "The loss falls once more, and gets calm, when the rate goes down. See the curve of the rate.",
  },
  "training.batchSize": {
    label: "Batch size",
    what: "Rows per step. [12]",
    watch: "Small batches: many noisy steps an epoch. All rows: one smooth step an epoch.",
  },
  "training.earlyStopping": {
    label: "Early stopping",
    what: "Ends when dev loss has not improved for some epochs, and puts back the best weights. [8]",
    watch: "Turn it off with few rows: dev loss turns up again while train loss goes on falling.",
  },
  "training.patience": {
    label: "Patience",
    what: "Epochs without improvement before it stops.",
    watch: "Too short stops on a plateau that training would have left.",
  },
  "training.epochs": {
    label: "Epochs",
    what: "How often all train rows are seen. Schedules run over as many.",
    watch: "",
  },
  "training.seed": {
    label: "Seed",
    what: "Draws rows, weights and order. The same seed trains the same weights, bit for bit.",
    watch: "A result that holds for one seed only is luck: try three.",
  },
};
