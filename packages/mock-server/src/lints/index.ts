import { appStateCollections } from "./app-state-collections.ts";
import { blocklistHash } from "./blocklist-hash.ts";
import { createdGroup } from "./created-group.ts";
import { directPath } from "./direct-path.ts";
import { encryptedContent } from "./encrypted-content.ts";
import { groupId } from "./group-id.ts";
import { iqError } from "./iq-error.ts";
import { jidTokens } from "./jid-tokens.ts";
import { keyIndex } from "./key-index.ts";
import type { Lint } from "./lint.ts";
import { mediaHosts } from "./media-hosts.ts";
import { onePairingChild } from "./one-pairing-child.ts";
import { primaryDevice } from "./primary-device.ts";
import { requiredAttributes } from "./required-attributes.ts";
import { seconds } from "./seconds.ts";

/** What every stanza is checked for before it is sent, one line each. */
export const lints: readonly Lint[] = [
  appStateCollections,
  blocklistHash,
  createdGroup,
  directPath,
  encryptedContent,
  groupId,
  iqError,
  jidTokens,
  keyIndex,
  mediaHosts,
  onePairingChild,
  primaryDevice,
  requiredAttributes,
  seconds,
];
