import { sendCall } from "../news/calls.ts";
import type { ServerContext } from "../context.ts";
import { MockServerError } from "../errors.ts";
import { node } from "../replies.ts";
import type { Account } from "../world/account.ts";
import type { Phone } from "./phone.ts";

/** What kind of call it is. */
export interface CallOptions {
  /** @defaultValue `false` */
  readonly video?: boolean;
}

interface CallParts {
  readonly id: string;
  readonly from: Account;
  readonly to: Account;
  readonly context: ServerContext;
}

/** A call a contact makes. It rings at every client of the phone until one answers or the contact gives up. */
export class MockCall {
  readonly #parts: CallParts;

  /** @internal */
  constructor(parts: CallParts) {
    this.#parts = parts;
  }

  get id(): string {
    return this.#parts.id;
  }

  /** What a client said last, like `reject` or `accept`. */
  get answer(): string | undefined {
    return this.#parts.from.settings.callAnswers.get(this.id);
  }

  /** Hangs up. With `timeout`, as one who has let it ring in vain: Baileys then tells of a missed call. */
  end(reason?: "timeout"): void {
    this.#send("terminate", reason === undefined ? {} : { reason });
  }

  /** The contact accepts what a client offered, or another of the account's devices took the call. */
  accept(): void {
    this.#send("accept");
  }

  reject(): void {
    this.#send("reject");
  }

  #send(tag: string, attrs: Readonly<Record<string, string>> = {}): void {
    const { context, from, to } = this.#parts;
    const names = { "call-id": this.id, "call-creator": from.lid };
    sendCall(context, { from, to }, node(tag, { ...names, ...attrs }));
  }
}

/** Rejects with `MOCK_NO_COMPANION` when there is no client that could ring. */
export function startCall(
  context: ServerContext,
  { from, phone }: { readonly from: Account; readonly phone: Phone },
  { video = false }: CallOptions,
): MockCall {
  const to = context.world.byPhoneNumber(phone.phoneNumber);
  if (to === undefined || to.companions.length === 0) {
    throw new MockServerError(
      "MOCK_NO_COMPANION",
      "No client is linked to this phone: pair one first",
    );
  }
  const id = context.random.for("calls").bytes(16).toString("hex").toUpperCase();
  const attrs = { "call-id": id, "call-creator": from.lid, caller_pn: from.pn };
  const media = [
    node("audio", { enc: "opus", rate: "16000" }),
    ...(video ? [node("video", { enc: "vp8" })] : []),
    node("net", { medium: "3" }),
  ];
  sendCall(context, { from, to }, node("offer", attrs, media));
  return new MockCall({ id, from, to, context });
}
