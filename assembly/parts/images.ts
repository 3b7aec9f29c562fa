// What further networks for images predict with: small ones, and those that make images.
export { conv_backward_input } from "../conv";
export { depthwise_forward } from "../depthwise";
export { groupnorm_forward } from "../groupnorm";
export { prelu_forward } from "../prelu";
export { resize_bilinear_forward, resize_nearest_forward } from "../resize";
