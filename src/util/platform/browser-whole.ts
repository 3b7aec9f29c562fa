// All f32 kernels, for a page whose code calls operations by themselves, and at once. In one binary, of which threads run too: together, the
// parts that other pages fetch are a sixth larger.
import kernels from "#kernels/strict.f32";
import { provideKernels } from "./browser-kernels.js";
import { inflate } from "./inflate.js";

provideKernels(kernels, inflate);
