// The other side of in-worker.js.

addEventListener("message", async ({ data: { module, name, args = [] } }) => {
  try {
    const found = await import(module);
    postMessage({ result: await found[name](...args) });
  } catch (error) {
    postMessage({ error: `${error}\n${error.stack}` });
  }
});
