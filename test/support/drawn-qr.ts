import jsQR from "jsqr";

// A scanner needs more than one pixel for a module.
const PIXELS = 4;

/** Reads the first QR code drawn with half blocks in these lines, as a phone's camera would: blocks are light. */
export function readDrawnQr(lines: readonly string[]): string {
  const drawn = lines.filter((line) => /^[ ▀▄█]{20,}$/.test(line));
  const end = drawn.findIndex((line) => /^▀+$/.test(line));
  const modules = drawn
    .slice(0, end === -1 ? drawn.length : end + 1)
    .flatMap((line) => [
      line.split("").map((sign) => sign === "█" || sign === "▀"),
      line.split("").map((sign) => sign === "█" || sign === "▄"),
    ]);
  const width = (modules[0]?.length ?? 0) * PIXELS;
  const height = modules.length * PIXELS;
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isLight = modules[Math.floor(y / PIXELS)]?.[Math.floor(x / PIXELS)] ?? false;
      pixels.set([...Array<number>(3).fill(isLight ? 255 : 0), 255], (y * width + x) * 4);
    }
  }
  const found = jsQR.default(pixels, width, height, { inversionAttempts: "dontInvert" });
  if (found === null) throw new Error("no QR code can be read from these lines");
  return found.data;
}
