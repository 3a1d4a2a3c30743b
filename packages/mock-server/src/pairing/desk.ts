import type { Clock } from "@motte/core/clock";
import { MockServerError } from "../errors.ts";
import type { CodeAnswer, CodeRequest, Registration } from "./registration.ts";
import { Waiters } from "../waiters.ts";

interface WaitingCode {
  readonly registration: Registration;
  readonly request: CodeRequest;
}

interface Answered {
  readonly registration: Registration;
  readonly answer: CodeAnswer;
}

/** Where phones find the clients that wait to be linked. */
export class PairingDesk {
  readonly #clock: Clock;
  readonly #registrations = new Set<Registration>();
  readonly #usedRefs = new Set<string>();
  readonly #codeRequests: Waiters<WaitingCode>;
  readonly #codeAnswers: Waiters<Answered>;
  #closedBy: Error | undefined;

  constructor(clock: Clock, realClock: Clock) {
    this.#clock = clock;
    this.#codeRequests = new Waiters(realClock);
    this.#codeAnswers = new Waiters(realClock);
  }

  open(registration: Registration): void {
    this.#registrations.add(registration);
  }

  close(registration: Registration): void {
    this.#registrations.delete(registration);
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
    this.#codeRequests.announce({ registration, request });
  }

  /** The client that asked for a code for this number; waits for one that is about to. */
  async codeRequest(phoneNumber: string, timeoutMs: number): Promise<WaitingCode> {
    for (const registration of this.#registrations) {
      const request = registration.codeRequest;
      if (request?.phoneNumber === phoneNumber) return { registration, request };
    }
    return this.#codeRequests.wait({
      matches: ({ request }) => request.phoneNumber === phoneNumber,
      timeoutMs,
      timeoutError: () =>
        new MockServerError(
          "MOCK_NO_PAIRING_REQUEST",
          `No connected client asked for a pairing code for this phone's number within ${timeoutMs} ms: call sock.requestPairingCode(phone.phoneNumber) first, and with strict: true give Baileys a common browser, like Browsers.macOS("Chrome")`,
        ),
    });
  }

  onCodeAnswer(registration: Registration, answer: CodeAnswer): void {
    this.#codeAnswers.announce({ registration, answer });
  }

  async codeAnswer(registration: Registration, timeoutMs: number): Promise<CodeAnswer> {
    const { answer } = await this.#codeAnswers.wait({
      matches: (answered) => answered.registration === registration,
      timeoutMs,
      timeoutError: () =>
        new MockServerError(
          "MOCK_TIMED_OUT",
          `The client did not answer the phone within ${timeoutMs} ms.\n${registration.context.journal.toTable()}`,
        ),
    });
    return answer;
  }

  /** Why nobody can be linked any more. */
  get closedBy(): Error | undefined {
    return this.#closedBy;
  }

  closeAll(error: Error): void {
    this.#closedBy = error;
    this.#codeRequests.close(error);
    this.#codeAnswers.close(error);
  }
}

function expired(what: string): MockServerError {
  return new MockServerError(
    "MOCK_QR_EXPIRED",
    `${what}: scan the one in the latest connection.update`,
  );
}
