import { keyPairFromBytes } from "../../wire/curve.ts";
import { type Fault, defineFault } from "../fault.ts";

const KEY_BYTES = 32;

export const noiseWrongStaticKey: Fault<"noise-wrong-static-key", object> = defineFault({
  name: "noise-wrong-static-key",
  place: "noise",
  summary: "the server has another static key than the one its certificate vouches for",
  settings: {},
  arm: (_settings, { random }) => ({
    act: ({ trust, options }, pass) => {
      const staticKey = keyPairFromBytes(random.bytes(KEY_BYTES));
      return pass({ options, trust: { ...trust, staticKey } });
    },
  }),
});
