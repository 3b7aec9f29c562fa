/** An array of texts, in C order: what a `FileArray` is for numbers. */
export interface FileTexts {
  readonly dtype: "string";
  readonly shape: readonly number[];
  readonly texts: readonly string[];
}
