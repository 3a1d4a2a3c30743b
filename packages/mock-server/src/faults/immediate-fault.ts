import type { Fault, FaultTools } from "./fault.ts";
import { type SettingsShape, describeSettings, readSettings } from "./setting.ts";

export interface ImmediateFaultDefinition<Name extends string, Settings> {
  readonly name: Name;
  readonly summary: string;
  readonly settings: SettingsShape<Settings>;
  readonly act: (settings: Settings, tools: FaultTools) => void;
}

/** A fault of the server as a whole: it happens at once, and once. */
export function defineImmediateFault<Name extends string, Settings extends object>(
  definition: ImmediateFaultDefinition<Name, Settings>,
): Fault<Name, Settings> {
  const { name, summary, settings: shape, act } = definition;
  return {
    name,
    place: "accept",
    summary,
    settings: describeSettings(shape),
    knowsConnection: false,
    immediate: true,
    prepare: (given) => {
      const settings = readSettings(shape, given);
      return {
        settings: Object.fromEntries(Object.entries(settings)),
        install: (site) => {
          if (site.fires(undefined)) act(settings, site.tools);
          return { [Symbol.dispose]: () => {} };
        },
      };
    },
  };
}
