import { answering } from "./requests.js";

/** Makes libraries answer in a page: `ask(name, request)`. Results go back as text, since the page has no files. */
export function serve(libraries, threads) {
  const answers = {};
  for (const [name, load] of Object.entries(libraries)) {
    let saved;
    const answer = answering({
      open: async () => (await load()).open({ threads }),
      save: (_, arrays) => {
        saved = arrays.map((each) => Array.from(each));
      },
      about: { browser: navigator.userAgent },
    });
    answers[name] = async (request) => {
      saved = undefined;
      return { ...(await answer(request)), ...(saved && { saved }) };
    };
  }
  globalThis.ask = (name, request) => answers[name](request);
}
