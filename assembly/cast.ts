import { at } from "./vector";

/** y[i] = x[i] toward zero; NaN becomes 0, what is out of range the nearest limit */
export function cast_to_int32(y: usize, x: usize, begin: usize, end: usize): void {
  for (let i = begin; i < end; i++) store<i32>(y + (i << 2), <i32>load<real>(at(x, i)));
}

/** As `cast_to_int32`, with the limits 0 and 255 */
export function cast_to_uint8(y: usize, x: usize, begin: usize, end: usize): void {
  for (let i = begin; i < end; i++) store<u8>(y + i, <u8>min(max(<i32>load<real>(at(x, i)), 0), 255));
}

/** The byte y[i] = x[i] ≠ 0; NaN is not 0 */
export function cast_to_bool(y: usize, x: usize, begin: usize, end: usize): void {
  for (let i = begin; i < end; i++) store<u8>(y + i, <u8>(load<real>(at(x, i)) != 0));
}

export function cast_to_float32(y: usize, x: usize, begin: usize, end: usize): void {
  for (let i = begin; i < end; i++) store<f32>(y + (i << 2), <f32>load<real>(at(x, i)));
}

/** dx[i] += dy[i], where dy is f32 */
export function cast_to_float32_backward(dx: usize, dy: usize, begin: usize, end: usize): void {
  for (let i = begin; i < end; i++) store<real>(at(dx, i), load<real>(at(dx, i)) + <real>load<f32>(dy + (i << 2)));
}

export function cast_to_float64(y: usize, x: usize, begin: usize, end: usize): void {
  for (let i = begin; i < end; i++) store<f64>(y + (i << 3), <f64>load<real>(at(x, i)));
}

/** dx[i] += dy[i], where dy is f64 */
export function cast_to_float64_backward(dx: usize, dy: usize, begin: usize, end: usize): void {
  for (let i = begin; i < end; i++) store<real>(at(dx, i), load<real>(at(dx, i)) + <real>load<f64>(dy + (i << 3)));
}

export function cast_from_int32(y: usize, x: usize, begin: usize, end: usize): void {
  for (let i = begin; i < end; i++) store<real>(at(y, i), <real>load<i32>(x + (i << 2)));
}

/** From bytes, be they uint8 or bool */
export function cast_from_uint8(y: usize, x: usize, begin: usize, end: usize): void {
  for (let i = begin; i < end; i++) store<real>(at(y, i), <real>load<u8>(x + i));
}
