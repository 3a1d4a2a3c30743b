import type { Passage } from "../passages/passage.ts";
import type { Stanza } from "../passages/passages.ts";
import { type StanzaMatch, matchesStanza } from "../passages/stanza-match.ts";
import type { ArmedFault, Fault, FaultTools } from "./fault.ts";
import {
  type SettingDescription,
  type SettingsShape,
  choice,
  describeSettings,
  readSettings,
  stanzaMatch,
} from "./setting.ts";

/** Which way a stanza travels: from the client into the server, or out to the client. */
type Direction = "in" | "out";

/** Which stanzas a fault hits. */
export interface StanzaChoice {
  /** Only stanzas like this; what is left out matches anything. */
  readonly match: StanzaMatch;
}

/** Which stanzas a fault hits, and which way they travel. */
export interface DirectedChoice extends StanzaChoice {
  /** Stanzas from the client into the server, or out to the client. */
  readonly direction: Direction;
}

interface StanzaFaultTools extends FaultTools {
  /** The way the stanzas travel, for what outlasts the one that was hit. */
  readonly way: Passage<Stanza>;
}

interface StanzaFaultParts<Name extends string, Settings> {
  readonly name: Name;
  readonly summary: string;
  readonly settings: SettingsShape<Settings>;
  /** What `match` is about, and what it is when it is left out. */
  readonly match: { readonly doc: string; readonly fallback: StanzaMatch };
  /** Called once per rule. What it says of occasions holds besides `match`. */
  readonly arm: (
    settings: Settings,
    tools: StanzaFaultTools,
    match: StanzaMatch,
  ) => ArmedFault<StanzaPlace>;
}

export interface StanzaFaultDefinition<Name extends string, Settings> extends StanzaFaultParts<
  Name,
  Settings
> {
  readonly direction: Direction;
}

type StanzaPlace = "stanzaIn" | "stanzaOut";

const PLACES = { in: "stanzaIn", out: "stanzaOut" } as const satisfies Record<
  Direction,
  StanzaPlace
>;

/** A fault that hits stanzas by a matcher. */
export function defineStanzaFault<Name extends string, Settings extends object>(
  definition: StanzaFaultDefinition<Name, Settings>,
): Fault<Name, Settings & StanzaChoice> {
  const { direction, match } = definition;
  const shape: SettingsShape<StanzaChoice> = { match: stanzaMatch(match) };
  return stanzaFault(definition, describeSettings(shape), (given) => ({
    ...readSettings(shape, given),
    direction,
  }));
}

/** A fault that hits stanzas by a matcher, in the direction that is set. */
export function defineDirectedFault<Name extends string, Settings extends object>(
  definition: StanzaFaultParts<Name, Settings>,
): Fault<Name, Settings & DirectedChoice> {
  const shape: SettingsShape<DirectedChoice> = {
    direction: choice({
      doc: "stanzas from the client into the server, or out to the client",
      of: ["out", "in"],
      fallback: "out",
    }),
    match: stanzaMatch(definition.match),
  };
  return stanzaFault(definition, describeSettings(shape), (given) => readSettings(shape, given));
}

function stanzaFault<Name extends string, Settings extends object, All extends Settings>(
  { name, summary, settings: shape, arm }: StanzaFaultParts<Name, Settings>,
  ways: readonly SettingDescription[],
  readWay: (given: Readonly<Record<string, unknown>>) => DirectedChoice,
): Fault<Name, All> {
  return {
    name,
    place: PLACES[readWay({}).direction],
    summary,
    settings: [...ways, ...describeSettings(shape)],
    knowsConnection: true,
    prepare: (given) => {
      const settings = readSettings(shape, given);
      const choices = readWay(given);
      const named = Object.entries({ ...choices, ...settings });
      return {
        settings: Object.fromEntries(named.filter(([key]) => isSettable(key, shape, ways))),
        install: (site) => {
          const way = site.passages[PLACES[choices.direction]];
          const { match } = choices;
          const { matches = () => true, act } = arm(settings, { ...site.tools, way }, match);
          return way.add((subject, pass) => {
            const { connection, stanza } = subject;
            const hit =
              site.concerns(connection) &&
              matchesStanza(match, stanza) &&
              matches(subject) &&
              site.fires(connection);
            if (hit) act(subject, pass);
            else pass(subject);
          });
        },
      };
    },
  };
}

function isSettable(key: string, shape: object, ways: readonly SettingDescription[]): boolean {
  return key in shape || ways.some(({ name }) => name === key);
}
