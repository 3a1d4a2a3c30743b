import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commands } from "../src/commands/index.ts";
import { motte } from "../src/motte.ts";
import { e164Digits } from "../src/pair/phone-number.ts";
import { qrLines } from "../src/pair/qr-drawing.ts";

describe("a phone number", () => {
  const digits = fc.stringMatching(/^[1-9]\d{6,14}$/);
  const separators = fc.array(fc.constantFrom("", " ", "-", ".", "(", ")", "/", "\u00A0"), {
    minLength: 16,
    maxLength: 16,
  });

  test.each([
    ["+1 (234) 567-8901", "12345678901"],
    ["12345678901", "12345678901"],
    ["+44 20 7946 0958", "442079460958"],
    ["+49.171/234\u20115678", "491712345678"],
  ])("%j becomes %s", (written, expected) => {
    expect(e164Digits(written)).toBe(expected);
  });

  test("is the same digits whatever stands between them", () => {
    fc.assert(
      fc.property(digits, separators, fc.boolean(), (number, between, hasPlus) => {
        const written = number
          .split("")
          .map((digit, at) => digit + (between[at] ?? ""))
          .join("");
        // A zero alone in brackets means something else.
        fc.pre(!/\(\s*0\s*\)/.test(written));
        expect(e164Digits((hasPlus ? "+" : "") + written)).toBe(number);
      }),
    );
  });

  test("is refused, and not repeated, when it cannot be one", () => {
    const bad = fc.oneof(
      fc.stringMatching(/^0\d{6,14}$/),
      fc.stringMatching(/^\d{0,6}$/),
      fc.stringMatching(/^[1-9]\d{15,20}$/),
      fc.tuple(digits, fc.constantFrom("x", "+", "٣", "#", ",")).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(bad, (written) => {
        let told: unknown;
        try {
          e164Digits(written);
        } catch (error) {
          told = error;
        }
        expect(told).toMatchObject({ code: "USAGE_INVALID_OPTION" });
        expect(String(told).replace("+1 234 567 8901", "")).not.toMatch(/\d{3}/);
      }),
    );
  });
});

describe("a QR code", () => {
  const text = `2@${"A".repeat(230)}`;

  test("fits into 80 columns, with light around it", () => {
    const lines = qrLines(text, "terminal", false);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines[0]).toMatch(/^█+$/);
    expect(lines.at(-1)).toMatch(/^▀+$/);
    expect(lines.every((line) => line.startsWith("█") || line.startsWith("▀"))).toBe(true);
  });

  test("says what is light and what is dark in colours, where there are some", () => {
    const plain = qrLines(text, "terminal", false);
    expect(qrLines(text, "terminal", true)).toEqual(
      plain.map((line) => `\u001B[97;40m${line}\u001B[0m`),
    );
  });

  test("is its own text, or a picture", () => {
    expect(qrLines(text, "raw", true)).toEqual([text]);
    const [address = "", ...more] = qrLines(text, "dataurl", true);
    expect(more).toEqual([]);
    const [type, picture = ""] = address.split(";base64,");
    expect(type).toBe("data:image/svg+xml");
    expect(Buffer.from(picture, "base64").toString()).toMatch(/^<svg .*<\/svg>$/s);
  });
});

describe("motte pair", () => {
  test.each([
    [["--phone", "0171 2345678"], /country code is missing/],
    [["--phone", "0049 171 2345678"], /begins with 00, .*write a \+ instead .*"\+49…"/],
    [["--phone", "+44 (0) 20 7946 0958"], /zero in brackets/],
    [["--phone", ""], /is empty/],
    [["--phone", "12345"], /has 5 digits/],
    [["--qr", "--phone", "12345678901"], /leave one of them out/],
    [["--qr=ascii"], /terminal, raw or dataurl/],
    [["--url", "http://127.0.0.1"], /address of a WebSocket/],
    [["--url", "ws://127.0.0.1:9", "--ready-file", "x"], /leave one of them out/],
    [["--ready-file", "nowhere.json"], /cannot be read/],
    [["--ready-file", "package.json"], /does not say where a server is/],
    [["--ca-file", "package.json"], /goes with a wss/],
    [["--backup", "."], /goes with --replace/],
    [["more"], /what to do with "more"/],
  ])("%j is refused before anything is made", async (args, words) => {
    const folder = await mkdtemp(join(tmpdir(), "motte-pair-"));
    const { code, out, error } = await tryMotte(["pair", `sqlite:${folder}/wa.db`, ...args]);

    expect(error).toEqual([expect.stringMatching(words)]);
    expect(error.join().replace("+1 234 567 8901", "")).not.toMatch(/\d{6}/);
    expect(out).toEqual([]);
    expect(code).toBe(2);
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  test.each([
    [["pair"], /needs <store>/],
    [["pair", "nonsense:x"], /is no store/],
    [["pair", "baileys:./x"], /only be migrated from/],
    [["pair", "sqlite:/no/such/folder/wa.db"], /does not exist/],
  ])("%j is refused", async (args, words) => {
    const { code, error } = await tryMotte(args);

    expect(error).toEqual([expect.stringMatching(words)]);
    expect(code).toBe(2);
  });
});

async function tryMotte(args: readonly string[]) {
  const out: string[] = [];
  const error: string[] = [];
  const code = await motte(args, commands, {
    output: { out: (line) => void out.push(line), error: (line) => void error.push(line) },
    input: Readable.from([]),
    signal: new AbortController().signal,
  });
  return { code, out, error };
}
