// All f32 kernels, for a page whose code calls operations by themselves, and at once.
import rest from "#kernels/strict.f32.rest";
import { provideKernels } from "./browser-kernels.js";

provideKernels("strict.f32", rest);
