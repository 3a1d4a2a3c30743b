import type { Passage } from "../passages/passage.ts";
import type { Frame } from "../passages/passages.ts";
import type { ArmedFault, Fault, FaultTools } from "./fault.ts";
import { type SettingsShape, choice, describeSettings, readSettings } from "./setting.ts";

/** Which way frames travel. */
export interface FrameDirection {
  /** Frames from the client, or to it. */
  readonly direction: "in" | "out";
}

interface FrameFaultTools extends FaultTools {
  /** The way the frames travel, for what outlasts the one that was hit. */
  readonly way: Passage<Frame>;
}

interface FrameFaultDefinition<Name extends string, Settings> {
  readonly name: Name;
  readonly summary: string;
  readonly settings: SettingsShape<Settings>;
  /** Called once per rule, so what it keeps is the rule's own. */
  readonly arm: (settings: Settings, tools: FrameFaultTools) => ArmedFault<"frameIn">;
}

const DIRECTION: SettingsShape<FrameDirection> = {
  direction: choice({
    doc: "frames from the client, or to it",
    of: ["out", "in"],
    fallback: "out",
  }),
};

/** A fault that hits encrypted frames after the handshake, the one or the other way. */
export function defineFrameFault<Name extends string, Settings extends object>(
  definition: FrameFaultDefinition<Name, Settings>,
): Fault<Name, Settings & FrameDirection> {
  const { name, summary, settings: shape, arm } = definition;
  return {
    name,
    place: "frameOut",
    summary,
    settings: [...describeSettings(DIRECTION), ...describeSettings(shape)],
    knowsConnection: true,
    prepare: (given) => {
      const settings = readSettings(shape, given);
      const { direction } = readSettings(DIRECTION, given);
      return {
        settings: { direction, ...Object.fromEntries(Object.entries(settings)) },
        install: (site) => {
          const way = direction === "in" ? site.passages.frameIn : site.passages.frameOut;
          const { matches = () => true, act } = arm(settings, { ...site.tools, way });
          return way.add((frame, pass) => {
            const { connection, handshake } = frame;
            const isOccasion = !handshake && site.concerns(connection) && matches(frame);
            const hit = isOccasion && site.fires(connection);
            if (hit) act(frame, pass);
            else pass(frame);
          });
        },
      };
    },
  };
}
