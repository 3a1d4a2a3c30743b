// The thread in which a threaded SQLite backend runs: it opens the database and answers calls until it is closed.
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "@motte/core/clock";
import { type Logger, silentLogger } from "@motte/core/logger";
import { hasCode } from "@motte/core/errors";
import type { BackendSession, ScannedPage, SessionSummary } from "../../backend.ts";
import { AuthStoreError } from "../../errors.ts";
import { scannedPages } from "../../scanned-pages.ts";
import { sqliteBackend } from "./backend.ts";
import { type ErrorMessage, messageOfError } from "./thread-errors.ts";
import {
  type Page,
  type ThreadCalls,
  type ThreadData,
  type ThreadMethod,
  type ThreadReport,
  type ThreadRequest,
  packBytes,
  packPage,
  unpackBatch,
} from "./thread-messages.ts";

const PAGE_ITEMS = 500;

type Handlers = {
  readonly [Method in ThreadMethod]: (
    asks: ThreadCalls[Method]["asks"],
  ) => Promise<ThreadCalls[Method]["answers"]>;
};

if (parentPort === null)
  throw new Error("This file is the thread of a SQLite backend: use threaded: true");
const port = parentPort;

let nowMs = 0;
// Warnings concern the caller; nothing else is logged here.
const logger: Logger = {
  ...silentLogger,
  warn: (detail, message) => report({ type: "warning", detail, message }),
};

async function serve(): Promise<void> {
  // Typed by the one place that starts this thread.
  const { file, driver, durability, pageCacheBytes }: ThreadData = workerData;
  const backend = await sqliteBackend(file, {
    durability,
    pageCacheBytes,
    clock: { ...systemClock, now: () => nowMs },
    logger,
    ...(driver !== undefined && { driver }),
  });
  const sessions = new Map<number, BackendSession>();
  const streams = {
    list: new Streams<SessionSummary>(),
    ids: new Streams<string>(),
    scan: new Streams<ScannedPage>(),
  };
  let opened = 0;

  const sessionOf = ({ session }: { readonly session: number }): BackendSession => {
    const found = sessions.get(session);
    if (found !== undefined) return found;
    throw new AuthStoreError("AUTH_STORE_CLOSED", "This session has been given up: open it again");
  };

  const handlers: Handlers = {
    open: async ({ sessionId, deadOwner, ...rest }) => {
      const death = new DeathQuestion(deadOwner);
      try {
        const session = await backend.open(sessionId, { ...rest, isKnownDead: death.isKnownDead });
        sessions.set(++opened, session);
        return { session: opened, fence: session.fence };
      } catch (error) {
        return death.putTo(error);
      }
    },
    delete: async ({ sessionId, deadOwner }) => {
      const death = new DeathQuestion(deadOwner);
      try {
        await backend.delete(sessionId, { isKnownDead: death.isKnownDead });
        return undefined;
      } catch (error) {
        return death.putTo(error);
      }
    },
    integrityCheck: () => backend.integrityCheck(),
    close: async () => {
      await backend[Symbol.asyncDispose]();
      setImmediate(() => port.close());
      return undefined;
    },
    readCreds: (asks) => sessionOf(asks).readCreds(),
    readCredsHistory: (asks) => sessionOf(asks).readCredsHistory(),
    readMeta: (asks) => sessionOf(asks).readMeta(),
    read: async (asks) => packBytes(await sessionOf(asks).read(asks.type, asks.ids)),
    commit: async (asks) => {
      await sessionOf(asks).commit(unpackBatch(asks.batch));
      return undefined;
    },
    types: (asks) => sessionOf(asks).types(),
    renew: (asks) => sessionOf(asks).renew(),
    release: async (asks) => {
      await sessionOf(asks).release();
      sessions.delete(asks.session);
      return undefined;
    },
    list: (asks) => streams.list.next(asks.stream, () => backend.list()),
    ids: (asks) => streams.ids.next(asks.stream, () => sessionOf(asks).ids(asks.type)),
    scan: async (asks) => {
      const start = (): AsyncIterable<ScannedPage> => scannedPages(sessionOf(asks), asks.type);
      const [page] = (await streams.scan.next(asks.stream, start, 1)).items;
      return page === undefined ? undefined : packPage(page);
    },
    endStream: async ({ stream }) => {
      for (const kind of [streams.list, streams.ids, streams.scan]) await kind.end(stream);
      return undefined;
    },
  };

  port.on("message", (request: ThreadRequest) => void answer(handlers, request));
  const { credsGenerations } = backend.capabilities;
  report({ type: "ready", location: backend.location, credsGenerations });
}

/** Never rejects. */
async function answer<Method extends ThreadMethod>(
  handlers: Handlers,
  request: ThreadRequest<Method>,
): Promise<void> {
  const { number } = request;
  nowMs = request.nowMs;
  try {
    const answers = await handlers[request.method](request.asks);
    report({ type: "answer", number, answers });
  } catch (error) {
    report({ type: "refusal", number, error: messageOfError(error) });
  }
}

function report(what: ThreadReport): void {
  port.postMessage(what);
}

/** Lists of one kind that the caller reads page by page. */
class Streams<T> {
  readonly #started = new Map<number, AsyncIterator<T>>();

  async next(stream: number, start: () => AsyncIterable<T>, most = PAGE_ITEMS): Promise<Page<T>> {
    const iterator = this.#started.get(stream) ?? start()[Symbol.asyncIterator]();
    this.#started.delete(stream);
    const items: T[] = [];
    while (items.length < most) {
      const next = await iterator.next();
      if (next.done === true) return { items, done: true };
      items.push(next.value);
    }
    this.#started.set(stream, iterator);
    return { items, done: false };
  }

  async end(stream: number): Promise<void> {
    const iterator = this.#started.get(stream);
    this.#started.delete(stream);
    await iterator?.return?.();
  }
}

/** Whether an owner is dead is for the caller to say, who cannot be asked from within a transaction. */
class DeathQuestion {
  readonly #deadOwner: string | undefined;
  #asked: string | undefined;

  constructor(deadOwner: string | undefined) {
    this.#deadOwner = deadOwner;
  }

  readonly isKnownDead = (owner: string): boolean => {
    if (owner === this.#deadOwner) return true;
    this.#asked = owner;
    return false;
  };

  /** The question, when it stood in the way; throws `error` when something else did. */
  putTo(error: unknown): { readonly asked: string; readonly error: ErrorMessage } {
    if (this.#asked === undefined || !hasCode(error, "AUTH_STORE_IN_USE")) throw error;
    return { asked: this.#asked, error: messageOfError(error) };
  }
}

try {
  await serve();
} catch (error) {
  report({ type: "failed", error: messageOfError(error) });
  port.close();
}
