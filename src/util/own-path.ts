/** Whether a path leads out of the folder that it begins in: up, to a root, or to a drive. */
export function leadsOut(path: string): boolean {
  const plain = path.replace(/%(2e|2f|5c)/gi, (code) => decodeURIComponent(code));
  return plain === "" || /^([/\\]|[A-Za-z]:)|(^|[/\\])\.\.([/\\]|$)|\0/.test(plain);
}

/** Whether a path leads to a file in the folder that it begins in, or below, and to no other address. */
export const isInFolder = (path: string): boolean => !leadsOut(path) && !/^[A-Za-z][\w+.-]*:/.test(path);
