/** The first message of a worker, which ends with it. */
export function answerOf(worker) {
  return new Promise((done, failed) => {
    worker.onmessage = ({ data }) => done(data);
    worker.onerror = ({ message, filename, lineno }) => failed(new Error(`${filename}:${lineno}: ${message}`));
  }).finally(() => worker.terminate());
}
