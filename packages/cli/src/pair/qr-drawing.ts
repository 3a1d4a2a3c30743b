import { renderSVG, renderUnicodeCompact } from "uqr";
import type { QrForm } from "./qr-forms.ts";

// The standard asks for four modules of quiet; scanners are content with two, and 80 columns leave no room for more.
const QUIET_MODULES = 2;

// ECMA-48 SGR: bright white on black, so that the code is dark on light in terminals of either kind.
const DARK_ON_LIGHT = "\u001B[97;40m";
const PLAIN = "\u001B[0m";

/** The lines that show a QR code. `colour` fixes light and dark; without it, blocks are taken to be light. */
export function qrLines(text: string, form: QrForm, colour: boolean): readonly string[] {
  if (form === "raw") return [text];
  if (form === "dataurl") {
    const picture = renderSVG(text, { ecc: "L", border: 4 });
    return [`data:image/svg+xml;base64,${Buffer.from(picture).toString("base64")}`];
  }
  const lines = renderUnicodeCompact(text, { ecc: "L", border: QUIET_MODULES }).split("\n");
  return colour ? lines.map((line) => `${DARK_ON_LIGHT}${line}${PLAIN}`) : lines;
}
