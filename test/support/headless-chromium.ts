import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";

type Json = Readonly<Record<string, unknown>>;

interface Incoming {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Json;
  readonly result?: Json;
  readonly error?: { readonly message: string };
}

export interface PageOptions {
  readonly width: number;
  readonly colours?: "light" | "dark";
}

/** A page as a person would see it. */
export interface OpenPage {
  /** What it wrote to the console as an error or a warning, and what it threw. */
  readonly complaints: readonly string[];
  /** Everything it loaded besides itself. */
  readonly loaded: readonly string[];
  /** The value of an expression there, as JSON holds it. */
  evaluate(expression: string): Promise<unknown>;
  /** A part of the page as PNG, as wide as it is. */
  screenshot(top: number, height: number): Promise<Buffer>;
}

// The same as in tools/setup/chromium.mjs.
const NAMES = ["chromium-headless-shell", "chromium", "google-chrome", "chromium-browser"];

/** A Chromium without a window, spoken to over the pipe of its DevTools protocol. */
export class HeadlessChromium implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #folder: TemporaryFolder;
  readonly #to: Writable;
  readonly #waiting = new Map<number, (message: Incoming) => void>();
  #hear: (message: Incoming) => void = () => {};
  #count = 0;

  private constructor(child: ChildProcess, folder: TemporaryFolder) {
    const [, , , to, from] = child.stdio;
    this.#child = child;
    this.#folder = folder;
    // Numbers 3 and 4, which the protocol's pipe is: spawn made both of them streams.
    this.#to = to as Writable;
    let text = "";
    (from as Readable).setEncoding("utf8").on("data", (chunk: string) => {
      const messages = (text + chunk).split("\0");
      text = messages.pop() ?? "";
      for (const each of messages) this.#receive(JSON.parse(each) as Incoming);
    });
    child.once("exit", () => {
      for (const [id, settle] of this.#waiting) settle({ id, error: { message: "it has ended" } });
    });
  }

  static async start(): Promise<HeadlessChromium> {
    const folder = await temporaryFolder();
    const child = spawn(
      binary(),
      [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--no-first-run",
        "--remote-debugging-pipe",
        `--user-data-dir=${folder.path}`,
      ],
      { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
    );
    await once(child, "spawn");
    return new HeadlessChromium(child, folder);
  }

  /** Opens an address in a page of its own and waits until it has loaded. */
  async open(url: string, { width, colours = "light" }: PageOptions): Promise<OpenPage> {
    const { targetId } = await this.#call("Target.createTarget", { url: "about:blank" });
    const attached = await this.#call("Target.attachToTarget", { targetId, flatten: true });
    const sessionId = String(attached["sessionId"]);
    const call = (method: string, params: Json = {}): Promise<Json> =>
      this.#call(method, params, sessionId);
    const complaints: string[] = [];
    const loaded: string[] = [];
    const isLoaded = new Promise<void>((resolve) => {
      this.#hear = ({ method, params = {} }) => {
        if (method === "Page.loadEventFired") resolve();
        if (method === "Runtime.exceptionThrown") complaints.push(JSON.stringify(params));
        if (method === "Runtime.consoleAPICalled" && /error|warning/.test(String(params["type"])))
          complaints.push(JSON.stringify(params["args"]));
        if (method === "Log.entryAdded") complaints.push(JSON.stringify(params["entry"]));
        if (method === "Network.requestWillBeSent") {
          const { url: of } = params["request"] as { readonly url: string };
          if (of !== url && !of.startsWith("data:")) loaded.push(of);
        }
      };
    });
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await call(`${domain}.enable`);
    await call("Emulation.setDeviceMetricsOverride", {
      width,
      height: 900,
      deviceScaleFactor: 1,
      mobile: width < 600,
    });
    const features = [{ name: "prefers-color-scheme", value: colours }];
    await call("Emulation.setEmulatedMedia", { features });
    await call("Page.navigate", { url });
    await isLoaded;
    return {
      complaints,
      loaded,
      evaluate: async (expression) => {
        const { result } = await call("Runtime.evaluate", { expression, returnByValue: true });
        return (result as Json)["value"];
      },
      screenshot: async (top, height) => {
        const clip = { x: 0, y: top, width, height, scale: 1 };
        const { data } = await call("Page.captureScreenshot", {
          captureBeyondViewport: true,
          clip,
        });
        return Buffer.from(String(data), "base64");
      },
    };
  }

  #receive(message: Incoming): void {
    if (message.id === undefined) return this.#hear(message);
    this.#waiting.get(message.id)?.(message);
    this.#waiting.delete(message.id);
  }

  #call(method: string, params: Json, sessionId?: string): Promise<Json> {
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result = {}, error }) => {
        if (error === undefined) resolve(result);
        else reject(new Error(`${method}: ${error.message}`));
      });
      this.#to.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#child, "exit");
    // What was started may be a script around it, which no signal gets past.
    await this.#call("Browser.close", {});
    await gone;
    await this.#folder[Symbol.asyncDispose]();
  }
}

function binary(): string {
  const { CHROMIUM } = process.env;
  const names = CHROMIUM === undefined ? NAMES : [CHROMIUM];
  const found = names.find((name) => spawnSync(name, ["--version"]).status === 0);
  if (found === undefined) throw new Error(`There is no Chromium on the PATH: ${names.join(", ")}`);
  return found;
}
