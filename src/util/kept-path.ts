/** Whether a path leads to what a browser keeps for a page, or to its downloads. */
export const isKept = (path: string): boolean => /^(indexeddb|opfs|downloads):\/\//.test(path);
