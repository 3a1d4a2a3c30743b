import type { Clock } from "@motte/core/clock";
import { MockServerError } from "../errors.ts";
import type { CodeAnswer, CodeRequest, Registration } from "./registration.ts";
import { Waiters } from "../waiters.ts";

/** A client that asked for a code, until when the code is good. */
interface WaitingCode {
  readonly registration: Registration;
  readonly request: CodeRequest;
  readonly expiresAtMs: number;
}

/** The client's last word, or none when its code has lapsed. */
interface Answered {
  readonly registration: Registration;
  readonly answer: CodeAnswer | undefined;
}

export interface PairingDeskParts {
  readonly clock: Clock;
  /** For the time limits of waits. */
  readonly realClock: Clock;
  /** How long a pairing code is good, in milliseconds. */
  readonly codeTtlMs: number;
}

/** Where phones find the clients that wait to be linked. */
export class PairingDesk {
  readonly #clock: Clock;
  readonly #registrations = new Set<Registration>();
  readonly #usedRefs = new Set<string>();
  readonly #codeTtlMs: number;
  /** The last request of each client. A new one makes the code before it worthless. */
  readonly #codes = new Map<Registration, WaitingCode>();
  readonly #codeRequests: Waiters<WaitingCode>;
  readonly #codeAnswers: Waiters<Answered>;
  #closedBy: Error | undefined;

  constructor({ clock, realClock, codeTtlMs }: PairingDeskParts) {
    this.#clock = clock;
    this.#codeTtlMs = codeTtlMs;
    this.#codeRequests = new Waiters(realClock);
    this.#codeAnswers = new Waiters(realClock);
  }

  open(registration: Registration): void {
    this.#registrations.add(registration);
  }

  close(registration: Registration): void {
    this.#registrations.delete(registration);
    this.#codes.delete(registration);
  }

  /** The client that shows this QR reference. Throws `MOCK_QR_EXPIRED` when none does. */
  byRef(text: string): Registration {
    for (const registration of this.#registrations) {
      if (registration.refs.some((each) => each.text === text)) return registration;
    }
    throw expired("No connected client shows this QR code");
  }

  /** Uses up a QR reference. Throws `MOCK_QR_EXPIRED` when no client can be linked by it (any more). */
  claimRef(text: string): Registration {
    const registration = this.byRef(text);
    const ref = registration.refs.find((each) => each.text === text);
    if (this.#usedRefs.has(text)) throw expired("This QR code was scanned before");
    if (ref === undefined || this.#clock.now() >= ref.expiresAtMs) {
      throw expired("This QR code has expired");
    }
    this.#usedRefs.add(text);
    return registration;
  }

  onCodeRequest(registration: Registration, request: CodeRequest): void {
    registration.codeRequest = request;
    const waiting = { registration, request, expiresAtMs: this.#clock.now() + this.#codeTtlMs };
    this.#codes.set(registration, waiting);
    this.#codeRequests.announce(waiting);
  }

  /**
   * The client that asked for a code for this number; waits for one that is about to. Rejects with
   * `MOCK_PAIRING_CODE_EXPIRED` when all that asked did so too long ago, `MOCK_NO_PAIRING_REQUEST` when none did.
   */
  async codeRequest(phoneNumber: string, timeoutMs: number): Promise<WaitingCode> {
    const matches = ({ request }: WaitingCode): boolean => request.phoneNumber === phoneNumber;
    const asked = [...this.#codes.values()].filter(matches);
    return (
      asked.find((waiting) => this.#remainingMs(waiting) > 0) ??
      this.#codeRequests.wait({
        matches,
        timeoutMs,
        timeoutError: () => (asked.length > 0 ? this.#codeExpired() : notAsked(timeoutMs)),
      })
    );
  }

  /** Takes the client's last word; false when the code it belongs to is no longer good. */
  onCodeAnswer(registration: Registration, answer: CodeAnswer): boolean {
    const waiting = this.#codes.get(registration);
    const isGood =
      waiting !== undefined &&
      waiting.request.ref.equals(answer.ref) &&
      this.#remainingMs(waiting) > 0;
    if (isGood) this.#codeAnswers.announce({ registration, answer });
    return isGood;
  }

  /** Waits for the client's last word. Rejects with `MOCK_PAIRING_CODE_EXPIRED` when the code lapses before. */
  async codeAnswer(waiting: WaitingCode, timeoutMs: number): Promise<CodeAnswer> {
    const { registration } = waiting;
    const lapse = this.#clock.after(this.#remainingMs(waiting), () =>
      this.#codeAnswers.announce({ registration, answer: undefined }),
    );
    try {
      const { answer } = await this.#codeAnswers.wait({
        matches: (answered) => answered.registration === registration,
        timeoutMs,
        timeoutError: () =>
          new MockServerError(
            "MOCK_TIMED_OUT",
            `The client did not answer the phone within ${timeoutMs} ms.\n${registration.context.journal.toTable()}`,
          ),
      });
      if (answer === undefined) throw this.#codeExpired();
      return answer;
    } finally {
      lapse[Symbol.dispose]();
    }
  }

  #remainingMs({ expiresAtMs }: WaitingCode): number {
    return expiresAtMs - this.#clock.now();
  }

  #codeExpired(): MockServerError {
    return new MockServerError(
      "MOCK_PAIRING_CODE_EXPIRED",
      `A pairing code is good for ${this.#codeTtlMs} ms, and this one is older: call sock.requestPairingCode() again, or raise pairingCodeTtlMs`,
    );
  }

  /** Why nobody can be linked any more. */
  get closedBy(): Error | undefined {
    return this.#closedBy;
  }

  /** Whoever waits to be linked is in no snapshot: it is gone with its connection. */
  toSnapshot(): null {
    return null;
  }

  /** References may be drawn again that were used after the snapshot was taken. */
  fromSnapshot(): void {
    this.#usedRefs.clear();
  }

  closeAll(error: Error): void {
    this.#closedBy = error;
    this.#codeRequests.close(error);
    this.#codeAnswers.close(error);
  }
}

function notAsked(timeoutMs: number): MockServerError {
  return new MockServerError(
    "MOCK_NO_PAIRING_REQUEST",
    `No connected client asked for a pairing code for this phone's number within ${timeoutMs} ms: call sock.requestPairingCode(phone.phoneNumber) first, and with strict: true give Baileys a common browser, like Browsers.macOS("Chrome")`,
  );
}

function expired(what: string): MockServerError {
  return new MockServerError(
    "MOCK_QR_EXPIRED",
    `${what}: scan the one in the latest connection.update`,
  );
}
