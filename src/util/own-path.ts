/** Whether a path that a file names leads anywhere but into the file's own folder: up, to a root, to a drive, or to another address. */
export function leadsOut(path: string): boolean {
  const plain = path.replace(/%(2e|2f|5c)/gi, (code) => decodeURIComponent(code));
  return plain === "" || /^([/\\]|[A-Za-z][\w+.-]*:)|(^|[/\\])\.\.([/\\]|$)|\0/.test(plain);
}
