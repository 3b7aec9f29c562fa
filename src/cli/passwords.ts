/** A text without the passwords of databases' addresses, well written or not. */
export function withoutPasswords(text: string): string {
  return text
    .replace(/(\bpostgres\w*(?:\+\w+)?:(?:\/\/)?[^\s"':@/]*):[^\s"']*@/gi, "$1@")
    .replace(/([?&]password=)[^\s&"']*/gi, "$1***");
}
