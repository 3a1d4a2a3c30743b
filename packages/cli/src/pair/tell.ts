import { systemClock } from "@motte/core/clock";
import { redactJid, redactNumbers } from "@motte/core/redact";
import type { CommandContext } from "../command.ts";
import { durationWords } from "../terminal/duration.ts";
import { wrap } from "../terminal/wrap.ts";
import type { FreeSession } from "./paired-before.ts";
import type { PairingNews } from "./pairing-news.ts";
import { qrLines } from "./qr-drawing.ts";
import type { QrForm } from "./qr-forms.ts";

export interface TellerOptions extends Pick<CommandContext, "report" | "output"> {
  readonly qrForm: QrForm;
  /** Otherwise ids are hidden but for their last two digits. */
  readonly showNumbers: boolean;
}

/** Tells a pairing's steps: a line for each to a person, a document for each to a program. */
export class Teller {
  readonly #options: TellerOptions;

  constructor(options: TellerOptions) {
    this.#options = options;
  }

  begin(
    { location, sessionId, archive }: FreeSession & { readonly location: string },
    {
      url,
      phoneNumber,
    }: { readonly url: string | undefined; readonly phoneNumber?: string | undefined },
  ): void {
    const number = phoneNumber === undefined ? undefined : this.#shown(phoneNumber);
    const by = number === undefined ? "by QR code" : `by pairing code for ${number}`;
    const server = url ?? "WhatsApp";
    this.#options.report.show(
      { state: "beginning", location, sessionId, server, number, archive },
      [
        ...(archive === undefined ? [] : [`archived what was there as ${archive}`]),
        `pairing ${sessionId} in ${location}`,
        `with ${server}, ${by}`,
      ],
    );
  }

  tell(news: PairingNews): void {
    const { report, output } = this.#options;
    const shown = news.state === "paired" ? this.#redacted(news) : news;
    report.show(shown, this.#lines(shown));
    if (news.state === "problem") output.error(news.message);
  }

  #lines(news: PairingNews): readonly string[] {
    switch (news.state) {
      case "connecting":
        return ["connecting"];
      case "qr":
        return this.#qr(news);
      case "pairing-code":
        return [
          `pairing code ${news.code}, ${this.#lasts(news.expiresAt)}: on the phone, Linked devices`,
          "  > Link a device > Link with phone number instead",
        ];
      case "closed": {
        const code = news.code === undefined ? "" : ` ${news.code}`;
        return wrap(`closed${code} (${news.cause}): ${news.meaning}`, "  ");
      }
      case "waiting":
        return [`trying again in ${durationWords(news.delayMs)}`];
      case "open":
        return ["open, waiting for what the phone sends a new device"];
      case "problem":
        return [];
      case "paired":
        return [
          `✓ paired as ${news.id}${news.lid === undefined ? "" : ` (${news.lid})`}`,
          ...(news.synced
            ? []
            : ["  The phone had not sent everything; the bot gets the rest at its next login."]),
        ];
    }
  }

  #qr({ qr, expiresAt }: Extract<PairingNews, { state: "qr" }>): readonly string[] {
    const { qrForm } = this.#options;
    const isColourful = process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "";
    return [
      `QR code, ${this.#lasts(expiresAt)}: scan it with the phone, Linked devices > Link a device`,
      ...qrLines(qr, qrForm, isColourful),
    ];
  }

  #lasts(expiresAt: string): string {
    const ms = Date.parse(expiresAt) - systemClock.now();
    return `lasts ${Math.max(0, Math.round(ms / 1_000))} s`;
  }

  #redacted(news: Extract<PairingNews, { state: "paired" }>): PairingNews {
    if (this.#options.showNumbers) return news;
    return { ...news, id: redactJid(news.id), lid: news.lid && redactJid(news.lid) };
  }

  #shown(number: string): string {
    return this.#options.showNumbers ? number : redactNumbers(number);
  }
}
