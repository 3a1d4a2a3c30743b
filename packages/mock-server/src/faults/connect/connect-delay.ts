import { type Fault, defineFault } from "../fault.ts";
import { integer } from "../setting.ts";

interface ConnectDelaySettings {
  /** How long, in milliseconds on the server's clock. */
  readonly ms: number;
}

export const connectDelay: Fault<"connect-delay", ConnectDelaySettings> = defineFault<
  "connect-delay",
  "accept",
  ConnectDelaySettings
>({
  name: "connect-delay",
  place: "accept",
  summary: "the server takes its time before it answers on a new TCP connection",
  settings: {
    ms: integer({ doc: "how long, in milliseconds on the server's clock", fallback: 1000 }),
  },
  arm: ({ ms }, { later }) => ({ act: (subject, pass) => later(ms, () => pass(subject)) }),
});
