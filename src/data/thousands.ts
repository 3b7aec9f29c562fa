/** `1000000` → `"1,000,000"`, whatever the language of the machine. */
export function thousands(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}
