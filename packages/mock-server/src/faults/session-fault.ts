import type { Connection } from "../connection/connection.ts";
import type { Established, SessionStage } from "../passages/passages.ts";
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
  /** Clients that wait to be paired, that were just let in, or that have got what waited for them. */
  readonly during: SessionStage;
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
    doc: "clients that have got what waited for them, that were just let in, or that wait to be paired",
    of: ["online", "login", "pairing"],
    fallback: "online",
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
      return {
        settings: { ...Object.fromEntries(Object.entries(settings)), during, on, afterMs },
        install: (site) => {
          const strike = (connection: Connection): void => {
            const hit = (): void => {
              if (connection.state !== "closed") act(connection, settings, site.tools);
            };
            if (afterMs === 0) hit();
            else site.tools.later(afterMs, hit);
          };
          const isMeant = ({ connection, stage }: Established): boolean =>
            stage === during && connection.state !== "closed" && site.concerns(connection);
          const meet = (session: Established): void => {
            if (isMeant(session) && site.fires(session.connection)) strike(session.connection);
          };
          if (on !== undefined) {
            return site.passages.stanzaIn.add((subject, pass) => {
              const { connection, stanza } = subject;
              const stage = site.stageOf(connection);
              const hit =
                stage !== undefined &&
                isMeant({ connection, stage }) &&
                matchesStanza(on, stanza) &&
                site.fires(connection);
              if (hit) strike(connection);
              else pass(subject);
            });
          }
          const step = site.passages.established.add((subject, pass) => {
            pass(subject);
            meet(subject);
          });
          for (const session of site.sessions) meet(session);
          return step;
        },
      };
    },
  };
}
