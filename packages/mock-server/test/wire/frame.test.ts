import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WireError } from "../../src/wire/errors.ts";
import { FrameDecoder, NOISE_PROLOGUE, encodeFrame } from "../../src/wire/frame.ts";

const payloads = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 6 });
const routing = fc.option(fc.uint8Array({ maxLength: 12 }), { nil: undefined });
const cuts = fc.array(fc.nat(160), { maxLength: 20 });

function stream(frames: readonly Uint8Array[], routingInfo: Uint8Array | undefined): Buffer {
  const prefix = routingInfo ? [Buffer.from("ED\0\u0001"), encodeFrame(routingInfo)] : [];
  return Buffer.concat([...prefix, NOISE_PROLOGUE, ...frames.map(encodeFrame)]);
}

function split(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [0, ...at.filter((each) => each < bytes.length), bytes.length].toSorted(
    (a, b) => a - b,
  );
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

function outcomeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe("the frame decoder", () => {
  test("finds the same frames however the stream is split", () => {
    fc.assert(
      fc.property(payloads, routing, cuts, (frames, routingInfo, at) => {
        const decoder = new FrameDecoder(1000);
        const found = split(stream(frames, routingInfo), at).flatMap((chunk) =>
          decoder.push(chunk),
        );

        expect(found.map((each) => [...each])).toEqual(frames.map((each) => [...each]));
        expect(decoder.routingInfo && [...decoder.routingInfo]).toEqual(
          routingInfo && [...routingInfo],
        );
      }),
    );
  });

  test("finds the same frames wherever the stream is split in two or three", () => {
    const frames = [Buffer.from("first"), Buffer.alloc(0), Buffer.from([0, 0, 1])];
    const bytes = stream(frames, Buffer.from("edge"));
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second++) {
        const decoder = new FrameDecoder(1000);
        const found = split(bytes, [first, second]).flatMap((chunk) => decoder.push(chunk));

        expect(found).toEqual(frames);
        expect(decoder.routingInfo?.toString()).toBe("edge");
      }
    }
  });

  test("reads or refuses any bytes, and never hangs or runs out of bounds", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 })), (chunks) => {
        const decoder = new FrameDecoder(64);
        const outcome = outcomeOf(() => chunks.flatMap((chunk) => decoder.push(chunk)));

        expect(outcome).toSatisfy((each) => Array.isArray(each) || each instanceof WireError);
      }),
    );
  });

  test("refuses a stream that opens with anything but the prologue", () => {
    expect(() => new FrameDecoder(1000).push(Buffer.from("GET / HTTP/1.1"))).toThrow(
      expect.objectContaining({ code: "WIRE_BAD_FRAME" }),
    );
  });

  test("refuses a frame over the limit before its bytes arrive", () => {
    const decoder = new FrameDecoder(100);
    decoder.push(NOISE_PROLOGUE);

    expect(decoder.push(encodeFrame(Buffer.alloc(100)))).toHaveLength(1);
    expect(() => decoder.push(Buffer.from([0, 0, 101]))).toThrow(
      expect.objectContaining({ code: "WIRE_FRAME_TOO_LARGE" }),
    );
  });
});
