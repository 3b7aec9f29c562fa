/** What an output of a node is called. */
export const outputName = (node: string, output: number): string => (output === 0 ? node : `${node}:output${output}`);
