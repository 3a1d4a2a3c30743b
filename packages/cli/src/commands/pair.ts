import { UsageError } from "@motte/core/errors";
import type { Command } from "../command.ts";
import { choiceOption, isGiven, textOption } from "../option-values.ts";
import { e164Digits } from "../pair/phone-number.ts";
import { QR_FORMS } from "../pair/qr-forms.ts";
import { keyOptions } from "../stores/key-options.ts";
import { withKeyAsked } from "../stores/typed-key.ts";

export const pair: Command = {
  name: "pair",
  summary: "link a new session to a phone, by QR code or by pairing code",
  details: [
    "Ends when the phone has sent what it sends a new device; then start the bot on that store.",
    "The chat history that comes with it is not kept: a bot that wants it pairs by itself.",
    "Stop it at any time; the same call begins again.",
  ],
  arguments: [
    { name: "store", help: "such as sqlite:./wa.db or sqlite:./wa.db#acme; made if missing" },
  ],
  options: {
    qr: {
      type: "string",
      value: QR_FORMS.join("|"),
      bare: "terminal",
      help: "show a QR code, drawn (default), as its text, or as the address of a picture",
    },
    phone: {
      type: "string",
      value: "number",
      help: "show a code to type on the phone with this number, its country code first",
    },
    url: {
      type: "string",
      value: "address",
      help: "WebSocket address of a mock server (default: WhatsApp)",
    },
    "ready-file": {
      type: "string",
      value: "path",
      help: "the same, from the file that motte mock --ready-file writes",
    },
    "ca-file": {
      type: "string",
      value: "path",
      help: "certificate to trust at a wss:// address",
    },
    replace: {
      type: "boolean",
      help: "when the session is paired already, archive it first and take its place",
    },
    backup: {
      type: "string",
      value: "folder",
      help: "where --replace archives to (default: beside the store)",
    },
    "show-numbers": { type: "boolean", help: "print phone numbers whole" },
    json: { type: "boolean", help: "print every step as one line of JSON" },
    ...keyOptions(""),
  },
  examples: [
    { call: "sqlite:./wa.db", about: "scan a QR code" },
    { call: 'sqlite:./wa.db --phone "+1 234 567 8901"', about: "type a code on the phone" },
    {
      call: "file:./auth --ready-file ready.json --qr=raw",
      about: "with the server of motte mock --ready-file ready.json, and scan <QR text> there",
    },
  ],
  async run(values, context) {
    const qrForm = choiceOption(values, "qr", QR_FORMS);
    const phone = textOption(values, "phone");
    if (qrForm !== undefined && phone !== undefined) {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        "--qr and --phone are two ways to pair: leave one of them out",
      );
    }
    if (values["backup"] !== undefined && !isGiven(values, "replace")) {
      throw new UsageError("USAGE_INVALID_OPTION", "--backup goes with --replace");
    }
    const phoneNumber = phone === undefined ? undefined : e164Digits(phone);
    const { runPairing } = await import("../pair/run-pairing.ts");
    const [store = ""] = context.words;
    const call = { store, phoneNumber, qrForm: qrForm ?? "terminal" };
    return withKeyAsked(values, context, [""], (known) =>
      runPairing({ ...call, values: known }, context),
    );
  },
};
