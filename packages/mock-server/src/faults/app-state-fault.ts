import { proto } from "../wire/baileys.ts";
import { bytes } from "../wire/binary-node.ts";
import { withChanged, withContent } from "./changed-node.ts";
import type { Fault } from "./fault.ts";
import type { SettingsShape } from "./setting.ts";
import { type StanzaChoice, defineStanzaFault } from "./stanza-fault.ts";

export interface PatchFaultDefinition<Name extends string, Settings> {
  readonly name: Name;
  readonly summary: string;
  readonly settings: SettingsShape<Settings>;
  /** Spoils one patch, in place. */
  readonly spoil: (patch: proto.SyncdPatch, settings: Settings) => void;
}

/** A fault in every patch of one answer that has patches. What the server keeps stays as it was. */
export function definePatchFault<Name extends string, Settings extends object>(
  definition: PatchFaultDefinition<Name, Settings>,
): Fault<Name, Settings & StanzaChoice> {
  const { name, summary, settings, spoil } = definition;
  const child = "sync/collection/patches/patch";
  return defineStanzaFault<Name, Settings>({
    name,
    summary,
    settings,
    direction: "out",
    match: { doc: "answers with patches", fallback: { tag: "iq", child } },
    arm: (given) => ({
      act: (subject, pass) => {
        const stanza = withChanged(subject.stanza, child, (node) => {
          const patch = proto.SyncdPatch.decode(bytes(node) ?? Buffer.alloc(0));
          spoil(patch, given);
          return withContent(node, Buffer.from(proto.SyncdPatch.encode(patch).finish()));
        });
        pass({ ...subject, stanza });
      },
    }),
  });
}
