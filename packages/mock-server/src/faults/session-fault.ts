import type { Connection } from "../connection/connection.ts";
import { type StanzaMatch, matchesStanza } from "../passages/stanza-match.ts";
import type { Fault, FaultTools } from "./fault.ts";
import {
  type SettingsShape,
  choice,
  describeSettings,
  integer,
  optionalStanzaMatch,
  readSettings,
} from "./setting.ts";

/** When a fault hits a session. */
export interface SessionMoment {
  /** Logged in, or showing QR codes to be paired with. */
  readonly during: "login" | "pairing";
  /** Not at once but when the client sends a stanza like this one, which is then not handled. */
  readonly on: StanzaMatch | undefined;
  /** How long after that, in milliseconds on the server's clock. */
  readonly afterMs: number;
}

export interface SessionFaultDefinition<Name extends string, Settings> {
  readonly name: Name;
  readonly summary: string;
  readonly settings: SettingsShape<Settings>;
  readonly act: (connection: Connection, settings: Settings, tools: FaultTools) => void;
}

const MOMENT: SettingsShape<SessionMoment> = {
  during: choice({
    doc: "which sessions: of clients that are logged in, or of those that wait to be paired",
    of: ["login", "pairing"],
    fallback: "login",
  }),
  on: optionalStanzaMatch("wait for a stanza like this from the client, and do not handle it"),
  afterMs: integer({ doc: "milliseconds to wait after that", fallback: 0 }),
};

/**
 * A fault that happens to a session as a whole: at once to one that is there, else to the next one, or when its
 * client sends a certain stanza.
 */
export function defineSessionFault<Name extends string, Settings extends object>(
  definition: SessionFaultDefinition<Name, Settings>,
): Fault<Name, Settings & SessionMoment> {
  const { name, summary, settings: shape, act } = definition;
  return {
    name,
    place: "established",
    summary,
    settings: [...describeSettings(shape), ...describeSettings(MOMENT)],
    knowsConnection: true,
    prepare: (given) => {
      const settings = readSettings(shape, given);
      const { during, on, afterMs } = readSettings(MOMENT, given);
      const state = during === "login" ? "open" : "pairing";
      return {
        settings: { ...Object.fromEntries(Object.entries(settings)), during, on, afterMs },
        install: (site) => {
          const strike = (connection: Connection): void => {
            if (afterMs === 0) act(connection, settings, site.tools);
            else site.tools.later(afterMs, () => act(connection, settings, site.tools));
          };
          const isMeant = (connection: Connection): boolean =>
            connection.state === state && site.concerns(connection);
          if (on !== undefined) {
            return site.passages.stanzaIn.add((subject, pass) => {
              const { connection, stanza } = subject;
              const hit =
                isMeant(connection) && matchesStanza(on, stanza) && site.fires(connection);
              if (hit) strike(connection);
              else pass(subject);
            });
          }
          const step = site.passages.established.add((subject, pass) => {
            pass(subject);
            if (isMeant(subject.connection) && site.fires(subject.connection)) {
              strike(subject.connection);
            }
          });
          for (const connection of site.connections) {
            if (isMeant(connection) && site.fires(connection)) strike(connection);
          }
          return step;
        },
      };
    },
  };
}
