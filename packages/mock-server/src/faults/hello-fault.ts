import { encodeFrame } from "../wire/frame.ts";
import { type Fault, defineFault } from "./fault.ts";

const FRAME_HEADER_BYTES = 3;

interface HelloFaultDefinition<Name extends string> {
  readonly name: Name;
  readonly summary: string;
  /** The server's hello as it is to be sent; `undefined` is not at all. */
  readonly change: (hello: Buffer) => Uint8Array | undefined;
}

/** A fault in the server's answer to the client's hello. */
export function defineHelloFault<Name extends string>(
  definition: HelloFaultDefinition<Name>,
): Fault<Name, object> {
  const { name, summary, change } = definition;
  const fault = defineFault<Name, "frameOut", object>({
    name,
    place: "frameOut",
    summary,
    settings: {},
    arm: () => ({
      matches: ({ handshake }) => handshake,
      act: (frame, pass) => {
        const changed = change(frame.bytes.subarray(FRAME_HEADER_BYTES));
        if (changed !== undefined) pass({ ...frame, bytes: encodeFrame(changed) });
      },
    }),
  });
  // At its hello the server does not know yet who the client is.
  return { ...fault, knowsConnection: false };
}
