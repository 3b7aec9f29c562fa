import version from "#kernels/build";
import { platform } from "#platform";
import { FormatError, PlatformError } from "../util/errors.js";
import { markUnshared, sharedFlagIn } from "./wasm.js";

const WASM = "application/wasm";
/** The imports of a binary stand behind its types, in its first kilobytes. */
const FRONT = 65536;

/**
 * Has a page's kernels come from there: from files now, or each from a folder when it is needed.
 *
 * @returns what has them come from where they came before
 * @throws PlatformError where one is not there, FormatError where it is something else
 */
export async function fetchByUrl(urls: readonly string[], isShared: boolean): Promise<() => void> {
  const [folder] = urls;
  if (urls.length === 1 && folder?.endsWith("/")) {
    const former = platform.fetchKernelsBy(async (binary) => {
      const url = `${folder}${binary}.wasm`;
      const found = await kernelsAt(url, isShared);
      if (found.binary === binary) return found.module;
      throw refused(
        url,
        `the kernels ${binary} expected, got ${found.binary}`,
        "name a folder with the files as they are",
      );
    });
    return () => platform.fetchKernelsBy(former);
  }
  const found = await Promise.all(urls.map((url) => kernelsAt(url, isShared)));
  for (const { binary, module } of found) platform.provideModule(binary, module);
  return () => undefined;
}

interface Found {
  readonly binary: string;
  readonly module: WebAssembly.Module;
}

async function kernelsAt(url: string, isShared: boolean): Promise<Found> {
  const module = await moduleAt(url, isShared);
  const [section] = WebAssembly.Module.customSections(module, "wasmgrad");
  const [binary = "", build] = section ? new TextDecoder().decode(section).split(" ") : [];
  if (build === undefined) {
    throw refused(
      url,
      "kernels of wasmgrad expected, got another WebAssembly module",
      "name a file of wasmgrad/kernels/",
    );
  }
  if (build !== version) {
    throw refused(
      url,
      `kernels of build ${version} expected, which the page's code is made for, got build ${build}`,
      `take ${binary}.wasm from the same version of the package as the code`,
    );
  }
  return { binary, module };
}

async function moduleAt(url: string, isShared: boolean): Promise<WebAssembly.Module> {
  const response = await fetch(url).catch((cause) => {
    const text = `init: wasmUrl ${JSON.stringify(url)}: kernels expected, the server was not reached (${(cause as Error).message})`;
    throw new PlatformError(`${text}; check the address and the page's policies`, { cause });
  });
  if (!response.ok) {
    const { status, statusText } = response;
    const answer = `${status} ${statusText}`.trim();
    throw new PlatformError(
      `init: wasmUrl ${JSON.stringify(url)}: kernels expected, the server answered ${answer}; put a file of wasmgrad/kernels/ there`,
    );
  }
  const type = response.headers.get("Content-Type") ?? "no type";
  try {
    if (type === WASM) return await WebAssembly.compileStreaming(isShared ? response : unshared(response));
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (!isShared) markUnshared(bytes);
    const module = await WebAssembly.compile(bytes);
    platform.warn(
      `init: wasmUrl ${JSON.stringify(url)}: its server calls it ${type}, so it was compiled only when all of it was there; have it sent as ${WASM}`,
    );
    return module;
  } catch (cause) {
    throw refused(
      url,
      `WebAssembly expected, got ${type} (${(cause as Error).message})`,
      "name a file of wasmgrad/kernels/",
    );
  }
}

const refused = (url: string, fault: string, remedy: string): FormatError =>
  new FormatError(`init: wasmUrl ${JSON.stringify(url)}: ${fault}; ${remedy}`);

/** The same as it arrives, for a memory that is not shared. */
function unshared({ body }: Response): Response {
  let front: Uint8Array<ArrayBuffer> | undefined = new Uint8Array(0);
  const marked = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      if (!front) return controller.enqueue(chunk);
      const longer = new Uint8Array(front.length + chunk.length);
      longer.set(front);
      longer.set(chunk, front.length);
      front = longer;
      if (sharedFlagIn(front) === undefined && front.length < FRONT) return;
      markUnshared(front);
      controller.enqueue(front);
      front = undefined;
    },
    flush(controller) {
      if (front) controller.enqueue(front);
    },
  });
  return new Response((body as ReadableStream<Uint8Array<ArrayBuffer>>).pipeThrough(marked), {
    headers: { "Content-Type": WASM },
  });
}
